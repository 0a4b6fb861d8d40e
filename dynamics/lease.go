package dynamics

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"
)

type leaseKey struct{}

// WithLease makes the writes under ctx depend on holds. It is asked once a request has its permit
// and a connection, right before each piece of it goes to the socket, since the process may be
// stopped at any moment, and woken much later. An error keeps the request from being sent, or from
// being whole; its rows are RowUnsent, or RowUnknown where it may have left as a whole, and Update
// returns an error that wraps it. What holds allows
// must last for as long as Dynamics may work on the request.
func WithLease(ctx context.Context, holds func() error) context.Context {
	return context.WithValue(ctx, leaseKey{}, holds)
}

// leaseOf gives what WithLease has set; without one a write is always allowed.
func leaseOf(ctx context.Context) func() error {
	holds, _ := ctx.Value(leaseKey{}).(func() error)
	return holds
}

// lease sets the body of a write that is sent only while holds says so.
func lease(req *http.Request, body []byte, holds func() error) {
	req.ContentLength = int64(len(body))
	req.GetBody = func() (io.ReadCloser, error) {
		return &leasedBody{rest: *bytes.NewReader(body), holds: holds}, nil
	}
	req.Body, _ = req.GetBody()
}

// leasedBody asks before it gives anything, and before it says that this was all: what is left of
// the request is then not written, unless all of it was given: it may be on its way.
type leasedBody struct {
	rest  bytes.Reader
	holds func() error
}

func (b *leasedBody) Read(p []byte) (int, error) {
	if err := b.holds(); err != nil {
		return 0, &leaseError{error: err, whole: b.rest.Len() == 0}
	}
	return b.rest.Read(p)
}

func (b *leasedBody) Close() error { return nil }

// leaseError tells apart what the lease said from what happened on the way.
type leaseError struct {
	error
	whole bool // the request may have left this host as a whole
}

func (e *leaseError) Unwrap() error { return e.error }

// unleased is the failure of a write that was not sent, or not wholly; or perhaps it was.
func (k call) unleased(over *leaseError) *failure {
	if !over.whole {
		return &failure{Error: &Error{Op: k.op, class: Unavailable, Code: codeCanceled, err: over.error}}
	}
	if k.sent != nil {
		now := time.Now()
		k.sent.Store(&now)
	}
	return &failure{Error: networkError(k.op, over.error, delivered), sent: true}
}
