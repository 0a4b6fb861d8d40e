// Package connect connects to Temporal, and says in words why it cannot.
package connect

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
)

// firstPause and longestPause bound the wait between two tries.
var firstPause, longestPause = time.Second, 15 * time.Second

// namespaceTime bounds the question for the namespace.
const namespaceTime = 10 * time.Second

// To connects to Temporal and makes sure that the namespace is there. Its error is ctx's or a
// *Failure.
func To(ctx context.Context, o client.Options) (client.Client, error) {
	c, err := client.DialContext(ctx, o)
	if err == nil {
		if err = hasNamespace(ctx, c, Namespace(o)); err == nil {
			return c, nil
		}
		c.Close()
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return nil, Explain(ctx, o, err)
}

func hasNamespace(ctx context.Context, c client.Client, name string) error {
	ctx, cancel := context.WithTimeout(ctx, namespaceTime)
	defer cancel()
	_, err := c.WorkflowService().DescribeNamespace(ctx,
		&workflowservice.DescribeNamespaceRequest{Namespace: name})
	return err
}

// Patiently connects as soon as that is possible, trying less and less often. It tells each cause
// when it first keeps it waiting. Its error is ctx's.
func Patiently(ctx context.Context, o client.Options, tell func(*Failure)) (client.Client, error) {
	told := ""
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		c, err := To(ctx, o)
		if err == nil {
			return c, nil
		}
		var failure *Failure
		if !errors.As(err, &failure) {
			return nil, err
		}
		if told != failure.What {
			told, pause = failure.What, firstPause
			tell(failure)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
	}
}

// Address is where the options look for Temporal.
func Address(o client.Options) string {
	if o.HostPort == "" {
		return client.DefaultHostPort
	}
	return o.HostPort
}

// Namespace is the one that the options name.
func Namespace(o client.Options) string {
	if o.Namespace == "" {
		return client.DefaultNamespace
	}
	return o.Namespace
}
