package dynamics

import (
	"context"
	"time"
)

// user is one application user at work: its token and its limits are its own.
type user struct {
	User
	client *Client
	tokens *tokens
	limits *limiter
}

// addUsers makes them, with one dispatcher for all.
func (c *Client) addUsers() {
	var limiters []*limiter
	for _, configured := range c.cfg.users() {
		u := &user{User: configured, client: c, limits: newLimiter(c.cfg.Concurrency).paced(c.cfg.Pace)}
		u.tokens = newTokens(u)
		c.users = append(c.users, u)
		limiters = append(limiters, u.limits)
	}
	c.limits = newDispatcher(limiters...)
}

// told is the user as messages name it; nil where there is no other.
func (u *user) told() *User {
	if u.Name == "" {
		return nil
	}
	return &u.User
}

type userContextKey struct{}

// as has the requests under ctx sent by this user alone.
func (u *user) as(ctx context.Context) context.Context {
	if len(u.client.users) == 1 {
		return ctx
	}
	return context.WithValue(ctx, userContextKey{}, u)
}

// asked are the users that may send the requests under ctx.
func (c *Client) asked(ctx context.Context) []*user {
	if u, ok := ctx.Value(userContextKey{}).(*user); ok && u.client == c {
		return []*user{u}
	}
	return c.users
}

// turn is the right of a user to send one request.
type turn struct {
	user   *user
	permit *permit
	token  string
}

// admit waits until one of the users may send the request. One that cannot sign in at the moment is
// passed over for a while, as long as there is another; one that is refused for good is told, since
// its share of the work is counted on.
func (c *Client) admit(ctx context.Context, k call) (turn, error) {
	asked := c.asked(ctx)
	if len(c.users) == 1 {
		return asked[0].admit(ctx, k, &c.limits.queue)
	}
	queue := &c.limits.queue
	if len(asked) == 1 {
		queue = &asked[0].limits.own
	}
	for {
		permit, err := c.limits.wait(ctx, k, queue)
		if err != nil {
			return turn{}, err
		}
		u := c.userOf(permit)
		token, err := u.tokens.get(ctx)
		if err == nil {
			permit.begin()
			return turn{u, permit, token}, nil
		}
		e := asError(k.op, err)
		if ctx.Err() != nil || len(asked) == 1 || !e.Temporary() || !permit.passOver(max(renewPause, e.RetryAfter)) {
			permit.unused()
			return turn{}, e
		}
	}
}

// admit signs in before it waits: there is nobody else who could go first.
func (u *user) admit(ctx context.Context, k call, q *queue) (turn, error) {
	token, err := u.tokens.get(ctx)
	if err != nil {
		return turn{}, err
	}
	permit, err := u.client.limits.wait(ctx, k, q)
	return turn{u, permit, token}, err
}

func (c *Client) userOf(p *permit) *user {
	for _, u := range c.users {
		if u.limits == p.limiter {
			return u
		}
	}
	return nil // every permit is of a user's limiter
}

// begin counts the request's time from now on: the sign-in before it is no measure of Dynamics.
func (t *permit) begin() {
	t.limiter.mu.Lock()
	defer t.limiter.mu.Unlock()
	t.started = time.Now()
}

// unused gives the permit back of a request that was not sent.
func (t *permit) unused() {
	t.limiter.mu.Lock()
	defer t.limiter.mu.Unlock()
	t.limiter.takeBack(t)
	t.limiter.dispatch()
}

// passOver gives the permit back, and leaves the user out for a while. It does nothing, and is
// false, where nobody else would be left.
func (t *permit) passOver(wait time.Duration) bool {
	l := t.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	others := false
	for _, other := range l.limiters {
		others = others || other != l && !other.away.After(now)
	}
	if others {
		l.away = now.Add(wait)
		l.takeBack(t)
		l.dispatch()
	}
	return others
}

// takeBack undoes grant. The lock is held.
func (l *limiter) takeBack(t *permit) {
	l.inFlight--
	delete(l.permits, t)
	now := time.Now()
	l.concurrency.ended(now, t)
	l.requests.settle(now, 1, 0)
	l.busy.settle(now, t.expect.Seconds(), 0)
	l.stats.Sent--
}

// shareOf is a user's part of the parallelism that the environment recommends: that is for all
// users together.
func (l *limiter) shareOf(hint int) int {
	users := len(l.limiters)
	return (hint + users - 1) / users
}
