// Package connect connects to Temporal, and says in words why it cannot.
package connect

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"audienceflow/backoff"
)

// pauses are between two tries.
var pauses = backoff.Pauses{First: time.Second, Longest: 15 * time.Second}

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
func Patiently(ctx context.Context, o client.Options, tell func(*Failure)) (c client.Client, err error) {
	var failure *Failure
	err = pauses.Until(ctx, func() (err error) {
		c, err = To(ctx, o)
		return err
	}, func(err error) bool { return errors.As(err, &failure) }, func(error) { tell(failure) })
	if err != nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	return c, err
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
