package audience

import (
	"context"
	"time"
)

// OpenInBucket opens a source in a bucket that the test has opened.
func OpenInBucket(ctx context.Context, open Bucket, key string, a Activation) (*Reader, error) {
	b := &bucket{name: "mem://b/" + key, root: "mem://b", key: key, open: open}
	source, err := openFiles(ctx, a, time.Now(), b.list, func() error { return nil })
	if err != nil {
		return nil, err
	}
	return &Reader{ctx: ctx, source: source}, nil
}
