// Package clouds brings the drivers of the storage services that a source may stand in: s3://,
// azblob:// and gs://. They sign in with the environment's credentials.
package clouds

import (
	_ "gocloud.dev/blob/azureblob" // azblob://
	_ "gocloud.dev/blob/gcsblob"   // gs://
	_ "gocloud.dev/blob/s3blob"    // s3://

	_ "audienceflow/audience/buckets" // what sources open them by
)
