// Package buckets opens the buckets of storage services for the sources of audiences. A program
// that reads sources imports audience/buckets/clouds for that alone, which brings the services'
// drivers; those that only read activation files do not pay for it.
package buckets

import (
	"context"
	"io"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"audienceflow/audience"
	"audienceflow/audience/files"
)

func init() {
	files.RegisterBuckets(func(ctx context.Context, url string) (files.Bucket, error) {
		opened, err := blob.OpenBucket(ctx, url)
		if err != nil {
			return nil, err
		}
		return Of(opened), nil
	})
}

// bucket gives a bucket in the words of audience.
type bucket struct{ open *blob.Bucket }

// Of gives an opened bucket to sources.
func Of(opened *blob.Bucket) files.Bucket { return bucket{open: opened} }

func (b bucket) Attributes(ctx context.Context, key string) (files.BucketObject, error) {
	a, err := b.open.Attributes(ctx, key)
	if err != nil {
		return files.BucketObject{}, err
	}
	return files.BucketObject{Key: key, Size: a.Size, ModTime: a.ModTime, MD5: a.MD5, ETag: a.ETag}, nil
}

func (b bucket) List(prefix string) func(ctx context.Context) (files.BucketObject, error) {
	objects := b.open.List(&blob.ListOptions{Prefix: prefix})
	return func(ctx context.Context) (files.BucketObject, error) {
		o, err := objects.Next(ctx)
		if err != nil {
			return files.BucketObject{}, err
		}
		return files.BucketObject{Key: o.Key, Size: o.Size, ModTime: o.ModTime, MD5: o.MD5}, nil
	}
}

func (b bucket) NewReader(ctx context.Context, key string) (io.ReadCloser, error) {
	r, err := b.open.NewReader(ctx, key, nil)
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (b bucket) Cause(err error) (string, audience.Cause) {
	switch code := gcerrors.Code(err); code {
	case gcerrors.NotFound:
		return code.String(), audience.CauseMissing
	case gcerrors.PermissionDenied:
		return code.String(), audience.CauseForbidden
	default:
		return code.String(), audience.CauseRead
	}
}

func (b bucket) Close() error { return b.open.Close() }
