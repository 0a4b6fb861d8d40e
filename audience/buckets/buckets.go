// Package buckets brings the drivers of the storage services that a source may
// stand in: s3://, azblob:// and gs://. A program that reads sources imports
// it for that alone; those that only read activation files do not pay for it.
// The drivers sign in with the environment's credentials.
package buckets

import (
	_ "gocloud.dev/blob/azureblob" // azblob://
	_ "gocloud.dev/blob/gcsblob"   // gs://
	_ "gocloud.dev/blob/s3blob"    // s3://
)
