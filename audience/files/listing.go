package files

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"audienceflow/audience"
)

// Part is one file of a source.
type Part struct {
	Name     string // path or URL
	Size     int64
	modified time.Time
	// stamp changes whenever the content does: a modification time or ETag.
	stamp string
	// asOf is the time in the name of an export's folder, zero for none.
	asOf time.Time
	Open func(ctx context.Context) (io.ReadCloser, error)
}

// Listing is a source as it stands: one file, or several that are read as one,
// in the order of their names.
type Listing struct {
	Name  string
	Parts []Part
	// scheduled is the latest time of the manifests that name the parts.
	scheduled time.Time
}

// Identity is comparable between attempts and hosts that share the files.
func (l Listing) Identity() string {
	if len(l.Parts) == 1 {
		return fmt.Sprintf("size=%d %s", l.Parts[0].Size, l.Parts[0].stamp)
	}
	sum := sha256.New()
	for _, p := range l.Parts {
		fmt.Fprintf(sum, "%s\x00%d\x00%s\x00", p.Name, p.Size, p.stamp)
	}
	return fmt.Sprintf("files=%d size=%d sha256=%s", len(l.Parts), l.Size(), hex.EncodeToString(sum.Sum(nil)))
}

// Size is how many bytes the parts have together.
func (l Listing) Size() int64 {
	total := int64(0)
	for _, p := range l.Parts {
		total += p.Size
	}
	return total
}

// AsOf is the source's own time: a manifest's or an export folder's, else that
// of the last change.
func (l Listing) AsOf() time.Time {
	exported, modified := l.scheduled, time.Time{}
	for _, p := range l.Parts {
		exported = latest(exported, p.asOf)
		modified = latest(modified, p.modified)
	}
	if exported.IsZero() {
		exported = modified
	}
	return exported.UTC().Truncate(time.Microsecond)
}

// PartAsOf dates the rows of a part where the source maps no time: an export's
// folder dates its own parts.
func (l Listing) PartAsOf(p Part) time.Time {
	if !p.asOf.IsZero() {
		return p.asOf
	}
	return l.AsOf()
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// exportFolder starts the name of a folder of an AEP dataset export.
const exportFolder = "exportTime="

// exportTime finds the time of an export's folder in a path; zero for none.
func exportTime(name string) time.Time {
	for _, folder := range strings.Split(path.Dir(strings.ReplaceAll(name, `\`, "/")), "/") {
		text, ok := strings.CutPrefix(folder, exportFolder)
		if !ok {
			continue
		}
		text = strings.ReplaceAll(text, "%3A", ":")
		for _, layout := range []string{"200601021504", "20060102150405", "20060102T1504", "20060102T150405", "20060102T150405Z", "20060102"} {
			if t, err := time.Parse(layout, text); err == nil {
				return t
			}
		}
		if t, ok := audience.ParseTime(text); ok {
			return t
		}
	}
	return time.Time{}
}

// isData tells whether a file of a folder holds records: marker files and
// checksums of exporters start with _ or a dot, or end in .crc. Windows leaves
// files of its own, and Office one beside each that is open.
func isData(name string) bool {
	base := path.Base(name)
	if strings.EqualFold(base, "desktop.ini") || strings.EqualFold(base, "thumbs.db") {
		return false
	}
	return !strings.HasPrefix(base, "_") && !strings.HasPrefix(base, ".") && !strings.HasPrefix(base, "~$") && !strings.HasSuffix(base, ".crc")
}

// maxParts bounds a source: a folder with more files is not one export.
const maxParts = 100_000

func (l *Listing) check() error {
	switch {
	case len(l.Parts) == 0:
		return &audience.SourceError{Cause: audience.CauseMissing, Source: l.Name, Message: "there are no files to read; check the path, and that the export has arrived"}
	case len(l.Parts) > maxParts:
		return &audience.SourceError{Cause: audience.CauseFormat, Source: l.Name, Message: fmt.Sprintf("there are more than %d files, so this is not one export; name a folder of one", maxParts)}
	}
	return nil
}
