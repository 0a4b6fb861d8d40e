package activation

import (
	"maps"

	"go.yaml.in/yaml/v3"

	"audienceflow/audience"
)

// fileReader reads an activation file and collects its problems.
type fileReader struct {
	folder   string // where a relative source.url starts
	problems *FileError
}

// draft is an activation as written: values with their lines, nothing checked.
type draft struct {
	line                                           int
	destination, audience, namespace, mappingID    text
	onExit, onBadValue, consent, name, description text
	wordRealized, wordExited                       text
	url, format, contactID, status, constant, time text
	sql, connection                                text
	batchProfiles, batchAge                        text
	textKeys                                       draftText
	stream, complete, allowEmpty                   bool
	streamLine, completeLine, sourceLine           int
	mapping                                        []draftMapping
	alerts                                         []draftAlert
	expectEvery                                    text
	guard                                          audience.Guard
	tolerance                                      float64
}

type draftAlert struct {
	to text
	on []text
}

type draftMapping struct {
	line                      int
	source, target, whenEmpty text
}

// Keys of an activation file, in the order that messages list them.
var (
	activationKeys = []string{"destination", "audience", "namespace", "mappingId", "source", "mapping", "onExit", "statuses",
		"onBadValue", "guard", "alerts", "expectEvery", "requireConsent", "tolerance", "name", "description"}
	topKeys    = append([]string{"audiences"}, activationKeys...)
	sourceKeys = []string{"url", "format", "contactId", "status", "constantStatus", "lastQualificationTime", "complete",
		"sql", "connection", "stream", "delimiter", "encoding", "escape", "nullText", "timeFormat", "timeZone", "allowEmpty", "microBatch"}
	microBatchKeys = []string{"profiles", "age"}
	mappingKeys    = []string{"source", "target", "whenEmpty"}
	statusesKeys   = []string{"realized", "exited"}
	alertKeys      = []string{"to", "on"}
	guardKeys      = []string{"maxExitShare", "maxFailedShare", "maxOverwriteShare", "maxExcludedShare", "maxRepairShare"}

	// keyPlaces are searched for a key that stands in the wrong place.
	keyPlaces = []struct {
		where string
		names []string
	}{{"", topKeys}, {"source", sourceKeys}, {"source.microBatch", microBatchKeys}, {"statuses", statusesKeys}, {"guard", guardKeys}, {"mapping", mappingKeys}}
)

// file reads the whole file and gives its activations.
func (d *fileReader) file(root *yaml.Node) []audience.Activation {
	common := draft{line: root.Line, guard: audience.DefaultGuard}
	var entries *yaml.Node
	fields := d.activationFields(&common)
	fields["audiences"] = func(n *yaml.Node) { entries = n }
	d.mapping(root, "", topKeys, fields)
	if entries == nil {
		return d.check([]draft{common})
	}
	if common.audience.given() {
		d.problems.add(common.audience.line, "audience and audiences are both given; keep one of them")
	}
	drafts := make([]draft, 0, len(entries.Content))
	d.list("audiences", func(n *yaml.Node) {
		one := common
		one.line = n.Line
		d.mapping(n, "audiences", activationKeys, d.activationFields(&one))
		drafts = append(drafts, one)
	})(entries)
	if len(drafts) == 0 && entries.Kind == yaml.SequenceNode {
		d.problems.add(entries.Line, "audiences is empty; list at least one audience with its mappingId")
	}
	return d.check(drafts)
}

func (d *fileReader) activationFields(to *draft) map[string]field {
	return map[string]field{
		"destination":    d.text(&to.destination, "destination"),
		"audience":       d.text(&to.audience, "audience"),
		"namespace":      d.text(&to.namespace, "namespace"),
		"mappingId":      d.text(&to.mappingID, "mappingId"),
		"source":         func(n *yaml.Node) { d.source(n, to) },
		"mapping":        func(n *yaml.Node) { d.mappings(n, to) },
		"onExit":         d.text(&to.onExit, "onExit"),
		"onBadValue":     d.text(&to.onBadValue, "onBadValue"),
		"requireConsent": d.text(&to.consent, "requireConsent"),
		"tolerance":      d.share(&to.tolerance, "tolerance"),
		"name":           d.text(&to.name, "name"),
		"description":    d.text(&to.description, "description"),
		"statuses": func(n *yaml.Node) {
			d.mapping(n, "statuses", statusesKeys, map[string]field{
				"realized": d.text(&to.wordRealized, "statuses.realized"),
				"exited":   d.text(&to.wordExited, "statuses.exited"),
			})
		},
		"guard": func(n *yaml.Node) {
			d.mapping(n, "guard", guardKeys, map[string]field{
				"maxExitShare":      d.share(&to.guard.MaxExitShare, "guard.maxExitShare"),
				"maxFailedShare":    d.share(&to.guard.MaxFailedShare, "guard.maxFailedShare"),
				"maxOverwriteShare": d.share(&to.guard.MaxOverwriteShare, "guard.maxOverwriteShare"),
				"maxExcludedShare":  d.share(&to.guard.MaxExcludedShare, "guard.maxExcludedShare"),
				"maxRepairShare":    d.share(&to.guard.MaxRepairShare, "guard.maxRepairShare"),
			})
		},
		"alerts": func(n *yaml.Node) {
			to.alerts = nil
			d.list("alerts", func(entry *yaml.Node) {
				to.alerts = append(to.alerts, d.alert(entry))
			})(n)
		},
		"expectEvery": d.text(&to.expectEvery, "expectEvery"),
	}
}

// alert reads a name or URL, or a mapping that also says what it is told of.
func (d *fileReader) alert(entry *yaml.Node) draftAlert {
	var one draftAlert
	if entry.Kind != yaml.MappingNode {
		d.text(&one.to, "an entry of alerts")(entry)
		return one
	}
	one.to.line = entry.Line
	d.mapping(entry, "alerts", alertKeys, map[string]field{
		"to": d.text(&one.to, "alerts.to"),
		"on": d.list("alerts.on", func(n *yaml.Node) {
			var event text
			d.text(&event, "an entry of alerts.on")(n)
			one.on = append(one.on, event)
		}),
	})
	return one
}

// source reads the source's keys over what it inherits. A source of another
// kind replaces the inherited kind.
func (d *fileReader) source(n *yaml.Node, to *draft) {
	to.sourceLine = n.Line
	inherited := *to
	to.url, to.sql, to.connection, to.stream, to.streamLine = text{}, text{}, text{}, false, 0
	to.batchProfiles, to.batchAge = text{}, text{}
	fields := d.textFields(&to.textKeys)
	maps.Copy(fields, map[string]field{
		"url":                   d.text(&to.url, "source.url"),
		"format":                d.text(&to.format, "source.format"),
		"contactId":             d.text(&to.contactID, "source.contactId"),
		"status":                d.text(&to.status, "source.status"),
		"constantStatus":        d.text(&to.constant, "source.constantStatus"),
		"lastQualificationTime": d.text(&to.time, "source.lastQualificationTime"),
		"sql":                   d.text(&to.sql, "source.sql"),
		"connection":            d.text(&to.connection, "source.connection"),
		"complete": func(v *yaml.Node) {
			to.completeLine = v.Line
			d.truth(&to.complete, "source.complete")(v)
		},
		"allowEmpty": d.truth(&to.allowEmpty, "source.allowEmpty"),
		"microBatch": func(v *yaml.Node) {
			d.mapping(v, "source.microBatch", microBatchKeys, map[string]field{
				"profiles": d.text(&to.batchProfiles, "source.microBatch.profiles"), "age": d.text(&to.batchAge, "source.microBatch.age"),
			})
		},
		"stream": func(v *yaml.Node) {
			to.streamLine = v.Line
			d.truth(&to.stream, "source.stream")(v)
		},
	})
	d.mapping(n, "source", sourceKeys, fields)
	if !to.url.given() && !to.sql.given() && to.streamLine == 0 {
		to.url, to.sql, to.stream, to.streamLine = inherited.url, inherited.sql, inherited.stream, inherited.streamLine
		if !to.batchProfiles.given() && !to.batchAge.given() {
			to.batchProfiles, to.batchAge = inherited.batchProfiles, inherited.batchAge
		}
	}
	if !to.connection.given() && !to.url.given() && !to.stream {
		to.connection = inherited.connection
	}
}

func (d *fileReader) mappings(n *yaml.Node, to *draft) {
	to.mapping = nil
	d.list("mapping", func(entry *yaml.Node) {
		one := draftMapping{line: entry.Line}
		d.mapping(entry, "mapping", mappingKeys, map[string]field{
			"source":    d.text(&one.source, "mapping.source"),
			"target":    d.text(&one.target, "mapping.target"),
			"whenEmpty": d.text(&one.whenEmpty, "mapping.whenEmpty"),
		})
		if entry.Kind == yaml.MappingNode {
			to.mapping = append(to.mapping, one)
		}
	})(n)
}
