package dynamics

import (
	"context"
	"math/bits"
	"strconv"
)

type callerKey struct{}

// caller is on whose behalf a request is made.
type caller struct {
	key      string
	priority int
}

// WithCaller names who makes the requests under ctx. Callers with different keys get equal shares of the
// server's time; one of higher priority (default 0) goes first, but leaves every tenth turn to the others.
func WithCaller(ctx context.Context, key string, priority int) context.Context {
	return context.WithValue(ctx, callerKey{}, caller{key, priority})
}

// callerOf gives the caller of ctx, or the nameless one of priority 0.
func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// kind groups requests whose durations can be compared: the same operation on about as many rows.
func (k call) kind() string { return k.op + "/" + strconv.Itoa(bits.Len(uint(k.rows))) }
