package files

import (
	"context"
	"io"
	"time"

	"audienceflow/audience"
)

// Bucket is a storage service's bucket that was opened.
type Bucket interface {
	// Attributes are those of one object.
	Attributes(ctx context.Context, key string) (BucketObject, error)
	// List gives one object with the prefix after the other; io.EOF behind the last.
	List(prefix string) func(ctx context.Context) (BucketObject, error)
	NewReader(ctx context.Context, key string) (io.ReadCloser, error)
	// Cause classes an error of the bucket: CauseMissing, CauseForbidden or
	// CauseRead. The code says it in the driver's words, without any data.
	Cause(err error) (code string, cause audience.Cause)
	Close() error
}

// BucketObject is an object of a bucket.
type BucketObject struct {
	Key     string
	Size    int64
	ModTime time.Time
	MD5     []byte
	ETag    string
}

// openBucketURL opens the bucket of a URL. It is there where audience/buckets
// is linked in.
var openBucketURL func(ctx context.Context, url string) (Bucket, error)

// RegisterBuckets makes buckets readable. It is called by audience/buckets as
// the program starts.
func RegisterBuckets(open func(ctx context.Context, url string) (Bucket, error)) {
	openBucketURL = open
}
