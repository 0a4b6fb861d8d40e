package dynamics

import (
	"context"
	"math/bits"
	"strconv"
)

type flowContextKey struct{}

// flowID is on whose behalf a request is made.
type flowID struct {
	key      string
	priority int
}

// WithFlow assigns the requests under ctx to a flow, such as one audience's. Flows of equal
// priority get equal shares of the server's time (fair queueing); one of higher priority (default
// 0) goes first, but leaves every tenth permit to the others.
func WithFlow(ctx context.Context, key string, priority int) context.Context {
	return context.WithValue(ctx, flowContextKey{}, flowID{key, priority})
}

// flowOf gives the flow of ctx, or the nameless one of priority 0.
func flowOf(ctx context.Context) flowID {
	c, _ := ctx.Value(flowContextKey{}).(flowID)
	return c
}

// kind groups requests whose durations can be compared: the same operation on about as many rows.
func (k call) kind() string { return k.op + "/" + strconv.Itoa(bits.Len(uint(k.rows))) }
