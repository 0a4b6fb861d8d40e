package activation

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"audienceflow/audience"
)

var writeSchema = flag.Bool("schema", false, "write docs/activation.schema.json anew")

const schemaFile = "../../docs/activation.schema.json"

// object is a JSON object of a schema.
type object map[string]any

func described(s object, text string) object { s["description"] = text; return s }

// Forms of values, as fields.go reads them: a number or a truth value is the text that it is
// written as.
func anyText(text string) object {
	return described(object{"type": []string{"string", "number", "boolean"}}, text)
}
func truth(text string) object { return described(object{"type": "boolean", "default": false}, text) }
func share(preset float64, text string) object {
	return described(object{"type": "number", "minimum": 0, "maximum": 1, "default": preset}, text)
}
func word(text string, words ...string) object {
	return described(object{"type": "string", "enum": words, "default": words[0]}, text)
}
func pattern(text string, p *regexp.Regexp) object {
	return described(object{"type": "string", "pattern": p.String()}, text)
}
func list(of object, text string) object {
	return described(object{"type": "array", "items": of}, text)
}

// keyed is an object of exactly the keys that the parser knows there.
func keyed(names []string, values object, required ...string) object {
	properties := object{}
	for _, name := range names {
		value, known := values[name]
		if !known {
			panic("the schema says nothing of the key " + name)
		}
		properties[name] = value
	}
	for name := range values {
		if _, known := properties[name]; !known {
			panic("the parser knows no key " + name)
		}
	}
	s := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

func sourceSchema() object {
	escapeNames := append([]string{automatic}, slices.Sorted(maps.Keys(escapes))...)
	return described(keyed(sourceKeys, object{
		"url":                   anyText("a file, folder or pattern, relative to this file; or s3://, azblob://, gs://"),
		"sql":                   anyText("a query, instead of url"),
		"connection":            described(pattern("", environmentName), "the query's database: the worker has its URL as SOURCE_<NAME>_URL"),
		"stream":                truth("profiles are received by starter serve, instead of url"),
		"format":                word("the files' format", audience.FormatAuto, audience.FormatAEPJSON, audience.FormatCSV, audience.FormatParquet),
		"delimiter":             described(object{"type": "string", "default": automatic}, "CSV: one character between columns, or its name: comma, semicolon, tab, pipe, colon, space, unit separator"),
		"encoding":              word("CSV and JSON", automatic, audience.EncodingUTF8, audience.EncodingUTF16, audience.EncodingWindows1252),
		"escape":                word("CSV: how a quote is written inside a quoted value", escapeNames...),
		"nullText":              described(object{"anyOf": []any{object{"type": []string{"string", "number", "boolean"}}, list(anyText(""), "")}}, "CSV: cells without quotes that are empty, in any case"),
		"timeFormat":            anyText("2 January 2006, 15:04:05, written as the source would: 02.01.2006 15:04"),
		"timeZone":              anyText("where times without an offset are, such as Europe/Berlin; UTC by default"),
		"contactId":             anyText("an identity namespace or path; the name of a column in tables. contactId by default"),
		"status":                anyText("the status column, or the path of flat records"),
		"constantStatus":        word("the status of every record", string(audience.Realized), string(audience.Exited)),
		"lastQualificationTime": anyText("the column or path of the time"),
		"complete":              truth("contacts exported before and absent now have exited"),
		"microBatch": described(keyed(microBatchKeys, object{
			"profiles": described(object{"type": "integer", "minimum": 1, "maximum": audience.MaxMicroBatch, "default": audience.MaxMicroBatch}, "so many are sent at a time at most"),
			"age":      described(object{"type": "string", "default": audience.UsualMicroAge.String(), "pattern": `^\+?([0-9.]+(h|m|s|ms|us|µs|μs|ns))+$`}, "fewer are sent when the oldest of them is so old: 5s, 1m"),
		}), "stream: what is sent at a time"),
		"allowEmpty": truth("the source may mention no member of the audience, and no record have a mapped path"),
	}), "where the profiles come from: exactly one of url, sql and stream")
}

func activationProperties() object {
	path := anyText("a path or column; no function")
	path["not"] = object{"pattern": function.String()}
	return object{
		"destination": pattern("a destination of the workers' environment", destinationName),
		"audience":    anyText("the audience's id in the source"),
		"namespace":   anyText("of the audience; ups by default"),
		"mappingId":   pattern("the status column, with or without the Customization Prefix", columnName),
		"source":      object{"$ref": "#/$defs/source"},
		"mapping": list(keyed(mappingKeys, object{
			"source":    path,
			"target":    anyText("a logical, schema or display name of a column"),
			"whenEmpty": word("leave the column alone, or empty it", audience.WhenEmptySkip, audience.WhenEmptyClear),
		}, "source", "target"), "attributes that are copied to columns"),
		"onExit": word("what becomes of the column of a contact that left", audience.OnExitWrite, audience.OnExitClear, audience.OnExitKeep),
		"statuses": described(keyed(statusesKeys, object{
			"realized": anyText("realized by default"), "exited": anyText("exited by default"),
		}), "the words written to the column"),
		"onBadValue": word("a value that does not fit its column is left out, or its row fails", audience.OnBadValueSkip, audience.OnBadValueReject),
		"guard": described(keyed(guardKeys, object{
			"maxExitShare":      share(audience.DefaultGuard.MaxExitShare, "contacts that leave, of those in the audience"),
			"maxFailedShare":    share(audience.DefaultGuard.MaxFailedShare, "failed rows, of those to send"),
			"maxOverwriteShare": share(audience.DefaultGuard.MaxOverwriteShare, "on a first run: columns with a word that is not ours, of the rows to send"),
			"maxExcludedShare":  share(audience.DefaultGuard.MaxExcludedShare, "excluded records, of the audience's"),
			"maxRepairShare":    share(audience.DefaultGuard.MaxRepairShare, "contacts that a scheduled validation would repair, of those read back"),
		}), "shares beyond which a run waits for a person"),
		"alerts": list(object{"anyOf": []any{anyText("a URL without credentials, or the NAME of the worker's ALERT_<NAME>_URL"), keyed(alertKeys, object{
			"to": anyText("a URL without credentials, or a name"),
			"on": list(object{"type": "string", "enum": audience.AlertEvents}, "what it is told of; trouble by default"),
		}, "to")}}, "who is told of trouble"),
		"expectEvery":    described(object{"type": "string", "pattern": `^\+?([0-9.]+(h|m|s|ms|us|µs|μs|ns))+$`}, "how long there may be no run: 26h, 90m"),
		"requireConsent": anyText("a path; anything but y there is an exit"),
		"tolerance":      share(0, "contacts that may differ before a validation says mismatch"),
		"name":           anyText("shown where people look"),
		"description":    anyText("shown where people look"),
	}
}

// schema is the JSON Schema of activation files.
func schema() object {
	all := activationProperties()
	entry := keyed(activationKeys, maps.Clone(all), "audience")
	all["audiences"] = described(object{"type": "array", "minItems": 1, "items": entry}, "several audiences, instead of audience; each inherits the keys beside")
	top := keyed(topKeys, all)
	top["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	top["title"] = "Audienceflow activation file"
	top["$defs"] = object{"source": sourceSchema()}
	top["oneOf"] = []any{
		object{"required": []string{"destination", "audience", "mappingId", "source"}, "properties": object{"source": object{"anyOf": []any{
			object{"required": []string{"url"}}, object{"required": []string{"sql", "connection"}}, object{"required": []string{"stream"}}}}}},
		object{"required": []string{"audiences"}},
	}
	return top
}

func schemaText(t *testing.T) []byte {
	t.Helper()
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	require.NoError(t, encoder.Encode(schema()))
	return text.Bytes()
}

// TestTheSchemaIsWhatTheParserKnows makes the schema anew: go test ./audience/activation -run
// Schema -schema writes it.
func TestTheSchemaIsWhatTheParserKnows(t *testing.T) {
	if *writeSchema {
		require.NoError(t, os.WriteFile(schemaFile, schemaText(t), 0o644))
	}
	kept, err := os.ReadFile(schemaFile)
	require.NoError(t, err)
	require.Equal(t, string(schemaText(t)), string(kept), "docs/activation.schema.json is old: run this test with -schema")

	d := &fileReader{problems: &FileError{}}
	require.ElementsMatch(t, activationKeys, slices.Collect(maps.Keys(d.activationFields(&draft{}))))
	for _, name := range append(slices.Collect(maps.Keys(delimiters)), automatic) {
		d.delimiter(&text{})(&yaml.Node{Kind: yaml.ScalarNode, Value: name})
	}
	require.Empty(t, d.problems.Problems)
}

// TestTheSchemaAndTheParserAgree asks both about files that are right, and about files that are
// wrong in their form.
func TestTheSchemaAndTheParserAgree(t *testing.T) {
	const small = "destination: dynamics\naudience: vip\nmappingId: vipstatus\nsource: {url: vip.ndjson}\n"
	good := map[string]string{"small": small, "several": "destination: d\nsource: {url: a, sql: null}\naudiences: [{audience: a, mappingId: a}, {audience: 0123, mappingId: b, source: {format: csv}}]",
		"stream": "destination: d\naudience: a\nmappingId: b\nsource: {stream: true}", "sql": "destination: d\naudience: a\nmappingId: b\nsource: {sql: SELECT 1, connection: crm, status: st}",
		"alerts": small + "alerts: [ops, {to: sales, on: [start, trouble]}]\nexpectEvery: 1h30m\n", "null text": small + "onExit: keep\nname: 7\ntolerance: 0.5\nguard: {maxExitShare: 1}\n"}
	for _, pattern := range []string{"../../examples/*.yaml", "../../docs/activation-file.md"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, file := range files {
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			text := string(content)
			if strings.HasSuffix(file, ".md") {
				_, text, _ = strings.Cut(text, "```yaml\n")
				text, _, _ = strings.Cut(text, "```")
			} else {
				require.True(t, strings.HasPrefix(text, "# yaml-language-server: $schema=../docs/activation.schema.json\n"), file)
			}
			good[file] = text
		}
	}
	s := parsed(t, schemaText(t))
	for name, content := range good {
		_, err := Parse([]byte(content), "a.yaml")
		require.NoError(t, err, name)
		require.Empty(t, s.wrong(s.root, document(t, content), ""), name)
	}
	for _, wrong := range []string{
		"audiance: x\n", "guard: {maxExit: 1}\n", "guard: {maxExitShare: 2}\n", "onExit: erase\n", "mapping: {a: b}\n", "mapping: [{source: a}]\n",
		"mapping: [{source: upper(a), target: b}]\n", "tolerance: high\n", "alerts: [{to: ops, on: [noise]}]\n", "alerts: [{on: [start]}]\n",
		"expectEvery: daily\n", "audiences: []\n", "statuses: {left: x}\n", "onBadValue: [skip]\n",
	} {
		_, err := Parse([]byte(small+wrong), "a.yaml")
		require.Error(t, err, wrong)
		require.NotEmpty(t, s.wrong(s.root, document(t, small+wrong), ""), wrong)
	}
	for _, source := range []string{"{}", "{url: a, format: xml}", "{url: a, encoding: latin1}", "{url: a, complete: 1}", "{url: a, colour: red}", "{sql: SELECT 1}", "{url: a, allowEmpty: maybe}"} {
		content := "destination: d\naudience: a\nmappingId: b\nsource: " + source
		_, err := Parse([]byte(content), "a.yaml")
		require.Error(t, err, source)
		require.NotEmpty(t, s.wrong(s.root, document(t, content), ""), source)
	}
}
