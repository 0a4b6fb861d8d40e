// Package examples holds a small audience and its activation files, as an embedded file system: the
// sandbox activates them wherever it is started from. Its contacts are those that the simulator
// generates from seed 1.
package examples

import "embed"

// Sample is the activation file that the sandbox activates.
const Sample = "vip.yaml"

// Files are the activation files and the sources that they name.
//
//go:embed *.yaml *.ndjson *.csv
var Files embed.FS
