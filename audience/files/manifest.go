package files

import (
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"audienceflow/audience"
)

// maxManifestBytes bounds a manifest; one of 1,000 parts has 150 kB.
const maxManifestBytes = 4 << 20

// manifest is what AEP says of an export that it has finished.
type manifest struct {
	name      string
	scheduled time.Time
	parts     []manifestPart
}

type manifestPart struct {
	name string
	size int64
}

// mayManifest tells by its name whether a file can be a manifest.
func mayManifest(name string) bool {
	base := strings.ToLower(path.Base(name))
	return strings.HasPrefix(base, "manifest") && strings.HasSuffix(base, ".json")
}

// readManifest reads a manifest; ok is false when data is none.
func readManifest(name string, data []byte) (m manifest, ok bool) {
	if !gjson.ValidBytes(data) || !IsManifest(data) {
		return manifest{}, false
	}
	m.name = name
	m.scheduled, _ = audience.ParseTime(gjson.GetBytes(data, "scheduledTime").String())
	for _, result := range gjson.GetBytes(data, "exportResults").Array() {
		if base := path.Base(result.Get("name").String()); base != "." && base != "/" {
			m.parts = append(m.parts, manifestPart{name: base, size: result.Get("size").Int()})
		}
	}
	return m, true
}

// IsManifest tells whether an object is AEP's manifest of an export.
func IsManifest(data []byte) bool {
	run, results := false, false
	gjson.ParseBytes(data).ForEach(func(key, _ gjson.Result) bool {
		switch key.Str {
		case "flowRunId":
			run = true
		case "exportResults":
			results = true
		}
		return !run || !results
	})
	return run && results
}

// names tells whether the manifest has a part of that file name.
func (m manifest) names(file string) bool {
	for _, p := range m.parts {
		if p.name == path.Base(file) {
			return true
		}
	}
	return false
}

// checkManifests compares the parts with their manifests, as far as wanted
// accepts a file's whole name, and takes the time of the export.
func (l *Listing) checkManifests(manifests []manifest, wanted func(file string) bool) error {
	sizes := make(map[string]int64, 2*len(l.Parts))
	for _, p := range l.Parts {
		sizes[path.Base(p.Name)] = p.Size
	}
	for _, p := range l.Parts {
		sizes[p.Name] = p.Size
	}
	for _, m := range manifests {
		if err := m.check(sizes, wanted); err != nil {
			return err
		}
		l.scheduled = latest(l.scheduled, m.scheduled)
	}
	return nil
}

// check compares the manifest with the sizes of the files that are there: those
// beside it by their whole names, those in other folders by their last.
func (m manifest) check(sizes map[string]int64, wanted func(file string) bool) error {
	folder := strings.TrimSuffix(m.name, path.Base(m.name))
	for i, p := range m.parts {
		if !wanted(folder + p.name) {
			continue
		}
		place := fmt.Sprintf("part %d of %d", i+1, len(m.parts))
		size, there := sizes[folder+p.name]
		if !there {
			size, there = sizes[p.name]
		}
		switch {
		case !there:
			return &audience.SourceError{Cause: audience.CauseManifest, Source: m.name,
				Message: "the manifest names a file that is not there (" + place + "); wait for it, or export again", Detail: "the file is " + audience.ShownCell(p.name)}
		case p.size > 0 && size != p.size:
			return &audience.SourceError{Cause: audience.CauseManifest, Source: m.name,
				Message: fmt.Sprintf("the manifest says that a file has %d bytes, but it has %d (%s); wait for it, or export again", p.size, size, place),
				Detail:  "the file is " + audience.ShownCell(p.name)}
		}
	}
	return nil
}
