package sqldb

import (
	"context"
	"fmt"
	"net"
	"time"
)

// keepAlive finds out within a minute that a server's host is gone while an answer is awaited.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 30 * time.Second, Interval: 10 * time.Second, Count: 3}

// dialer makes connections that do not wait for ever: a server that is stopped still has a kernel
// that answers for it, so that neither keep-alives nor time-outs of TCP tell.
func dialer(silence time.Duration) func(ctx context.Context, network, address string) (net.Conn, error) {
	d := &net.Dialer{KeepAliveConfig: keepAlive}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := d.DialContext(ctx, network, address)
		if err != nil || silence == 0 {
			return conn, err
		}
		return &timeoutConn{Conn: conn, silence: silence}, nil
	}
}

// socketTimeoutError is the error of a server that has left a request without an answer.
type socketTimeoutError struct{ after time.Duration }

func (e *socketTimeoutError) Error() string { return fmt.Sprintf("no answer for %s", e.after) }

// timeoutConn is a connection that ends when its peer neither sends nor takes anything for so long.
// The driver reads only while it waits for an answer. It sets deadlines of its own, with which a
// deadline here would interfere.
type timeoutConn struct {
	net.Conn
	silence time.Duration
}

func (c *timeoutConn) Read(b []byte) (int, error) { return c.bounded(c.Conn.Read, b) }

func (c *timeoutConn) Write(b []byte) (int, error) { return c.bounded(c.Conn.Write, b) }

func (c *timeoutConn) bounded(step func([]byte) (int, error), b []byte) (int, error) {
	end := time.AfterFunc(c.silence, func() { _ = c.Conn.Close() }) // what it was at fails, and says so
	n, err := step(b)
	if !end.Stop() && err != nil {
		err = &socketTimeoutError{c.silence}
	}
	return n, err
}
