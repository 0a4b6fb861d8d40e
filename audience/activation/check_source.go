package activation

import (
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"audienceflow/audience"
	"audienceflow/audience/profile"
)

// secretWords are parts of query parameters that carry credentials: shared
// access signatures, presigned URLs and plain keys.
var secretWords = []string{"token", "secret", "password", "passwd", "signature", "credential", "accesskey", "access_key",
	"access-key", "accountkey", "account_key", "apikey", "api_key", "api-key", "googleaccessid", "authorization"}

// secretNames are whole names of such parameters.
var secretNames = []string{"sig", "sas", "pwd", "pass", "auth_key", "sv", "se", "skoid", "key"}

func (d *fileReader) checkSource(f *draft) audience.Source {
	s := audience.Source{
		URL:                   f.url.value,
		ContactID:             f.contactID.or("contactId"),
		Status:                f.status.value,
		LastQualificationTime: f.time.value,
		Complete:              f.complete,
		SQL:                   f.sql.value,
		Connection:            f.connection.value,
		Stream:                f.stream,
		AllowEmpty:            f.allowEmpty,
	}
	s.ConstantStatus = d.constantStatus(f)
	d.sourceKind(f)
	d.sourcePaths(f)
	if s.URL != "" {
		s.Format = d.oneOf(f.format, "source.format", audience.FormatAuto, audience.FormatAEPJSON, audience.FormatCSV, audience.FormatParquet)
		s.URL = d.sourceURL(f.url)
	}
	if s.URL != "" && s.SQL == "" {
		d.notWith(f.connection, "source.connection", "belongs to sql; leave it out for a url")
	}
	if s.SQL != "" {
		d.checkSQL(f)
	}
	s.MicroBatch = d.microBatch(f)
	if s.Stream {
		d.checkStream(f)
	}
	d.checkText(f, &s)
	return s
}

func (d *fileReader) constantStatus(f *draft) audience.Status {
	if !f.constant.given() {
		return ""
	}
	if f.status.given() {
		d.problems.add(f.constant.line, "source.status and source.constantStatus are both given; keep one of them")
	}
	status, ok := audience.ParseStatus(f.constant.value)
	if !ok {
		d.problems.add(f.constant.line, "source.constantStatus must be realized or exited")
	}
	return status
}

// sourceKind checks that there is exactly one of url, sql and stream.
func (d *fileReader) sourceKind(f *draft) {
	var kinds []string
	if f.url.given() {
		kinds = append(kinds, "url")
	}
	if f.sql.given() {
		kinds = append(kinds, "sql")
	}
	if f.stream {
		kinds = append(kinds, "stream")
	}
	switch {
	case len(kinds) > 1:
		d.problems.add(f.sourceLine, "source has %s; keep one of them", strings.Join(kinds, " and "))
	case len(kinds) == 1:
	case f.sourceLine == 0:
		d.problems.add(f.line, "source is missing: it says where the profiles come from, such as source: {url: vip.ndjson}")
	default:
		d.problems.add(f.sourceLine, "source needs one of url (a file or bucket), sql (with connection) or stream: true")
	}
}

// sourcePaths checks the form of everything that must be a path. With format
// auto the same words may name columns, which take any form.
func (d *fileReader) sourcePaths(f *draft) {
	d.noFunctions(f)
	if f.format.value != audience.FormatAEPJSON && !f.stream {
		return
	}
	for _, m := range f.mapping {
		if _, err := profile.ParsePath(m.source.value); m.source.given() && err != nil {
			d.problems.add(m.source.line, "mapping.source: %v", err)
		}
	}
	for _, t := range f.paths() {
		if !t.given() {
			continue
		}
		if _, err := profile.ParsePath(t.value); err != nil {
			d.problems.add(t.line, "%s: %v", t.key, err)
		}
	}
}

// function is the form of a function's call: upper(person.name.firstName).
var function = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*\(.*\)$`)

// noFunctions refuses functions where a field must be named. Where the source is
// a table for sure, a column may have such a name.
func (d *fileReader) noFunctions(f *draft) {
	if f.sql.given() || f.format.value == audience.FormatCSV || f.format.value == audience.FormatParquet {
		return
	}
	refuse := func(t text, key string) {
		if function.MatchString(t.value) {
			d.problems.add(t.line, "%s is a function: fields are copied as they are; name the field alone, and change values in the source, such as in a query "+
				"(a column of a table that has such a name needs source.format: csv or parquet)", key)
		}
	}
	for _, m := range f.mapping {
		refuse(m.source, "mapping.source")
	}
	for _, t := range f.paths() {
		refuse(t.text, t.key)
	}
}

// namedText is a value with its key.
type namedText struct {
	text
	key string
}

// paths are the fields that are named outside of mappings.
func (f *draft) paths() []namedText {
	return []namedText{{f.contactID, "source.contactId"}, {f.status, "source.status"}, {f.time, "source.lastQualificationTime"}, {f.consent, "requireConsent"}}
}

func (d *fileReader) notWith(t text, key, why string) {
	if t.given() {
		d.problems.add(t.line, "%s %s", key, why)
	}
}

func (d *fileReader) checkSQL(f *draft) {
	if !f.url.given() {
		d.notWith(f.format, "source.format", "belongs to url; leave it out for sql")
	}
	if !f.connection.given() {
		d.problems.add(f.sql.line, "source.connection is missing: it names the database, whose URL stands in the worker's environment as SOURCE_<NAME>_URL")
	} else if !environmentName.MatchString(f.connection.value) {
		d.problems.add(f.connection.line, "source.connection must be a name of letters, digits and _; the database's URL stands in the worker's environment as SOURCE_<NAME>_URL")
	}
	if !f.status.given() && !f.constant.given() {
		d.problems.add(f.sql.line, "source.status is missing: name the query's column with the status, or give constantStatus: realized")
	}
}

func (d *fileReader) checkStream(f *draft) {
	const why = "does not apply to stream: true; a stream brings AEP profiles"
	d.notWith(f.format, "source.format", why)
	d.notWith(f.connection, "source.connection", why)
	d.notWith(f.status, "source.status", why)
	d.notWith(f.constant, "source.constantStatus", why)
	d.notWith(f.time, "source.lastQualificationTime", why)
	if f.complete {
		d.problems.add(f.completeLine, "source.complete cannot go with stream: true, since a stream never holds the whole audience")
	}
}

// microBatch reads what a stream sends at a time.
func (d *fileReader) microBatch(f *draft) audience.MicroBatch {
	var m audience.MicroBatch
	if !f.stream {
		d.notWith(f.batchProfiles, "source.microBatch", "belongs to stream: true; a run of a file sends all there is")
		d.notWith(f.batchAge, "source.microBatch", "belongs to stream: true; a run of a file sends all there is")
		return m
	}
	if t := f.batchProfiles; t.given() {
		n, err := strconv.ParseInt(strings.ReplaceAll(t.value, "_", ""), 10, 64)
		if err != nil || n < 1 || n > audience.MaxMicroBatch {
			d.problems.add(t.line, "source.microBatch.profiles must be a whole number from 1 to %d", audience.MaxMicroBatch)
		}
		m.Profiles = n
	}
	if t := f.batchAge; t.given() {
		age, err := time.ParseDuration(t.value)
		if err != nil || age < audience.UsualMicroAge || age > audience.MaxMicroBatchAge {
			d.problems.add(t.line, "source.microBatch.age must be a time from %s to %s, such as 5s", audience.UsualMicroAge, audience.MaxMicroBatchAge)
		}
		m.Age = age
	}
	return m
}

// sourceURL makes a path absolute and leaves a bucket's URL as it is.
func (d *fileReader) sourceURL(t text) string {
	raw := t.value
	if what := credentialIn(raw); what != "" {
		d.problems.add(t.line, "source.url holds a credential (%s), which must not stand in a file; the worker signs in with its own environment", what)
		return ""
	}
	scheme, rest, hasScheme := strings.Cut(raw, "://")
	if !hasScheme {
		return d.absolute(raw)
	}
	scheme = strings.ToLower(scheme)
	parsed, err := url.Parse(raw)
	switch {
	case err != nil:
		d.problems.add(t.line, "source.url is not a well-formed URL; write a path, or scheme://bucket/path")
	case scheme == "file":
		if parsed.Host != "" && parsed.Host != "localhost" || !strings.HasPrefix(parsed.Path, "/") {
			d.problems.add(t.line, "source.url with file:// needs an absolute path: file:///folder/file; a path relative to this file is written without file://")
			return ""
		}
		return filepath.Clean(parsed.Path)
	case !slices.Contains(audience.BucketSchemes, scheme):
		d.problems.add(t.line, "source.url cannot read %s://; use a file's path, s3://, azblob:// or gs://", printable(scheme))
	case parsed.Host == "" || strings.Trim(parsed.Path, "/") == "":
		d.problems.add(t.line, "source.url needs a bucket and a path: %s://bucket/path", scheme)
	default:
		return scheme + "://" + rest
	}
	return ""
}

func (d *fileReader) absolute(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(d.folder, path)
}

// credentialIn tells what kind of credential a URL or path carries, without
// giving it away; "" when it carries none.
func credentialIn(raw string) string {
	if _, rest, ok := strings.Cut(raw, "://"); ok {
		authority := rest
		if end := strings.IndexAny(rest, "/?#"); end >= 0 {
			authority = rest[:end]
		}
		if strings.Contains(authority, "@") {
			return "user or password before @"
		}
	}
	_, query, ok := strings.Cut(raw, "?")
	if !ok {
		return ""
	}
	for _, pair := range strings.FieldsFunc(query, func(r rune) bool { return r == '&' || r == ';' || r == '#' || r == '?' }) {
		name, _, _ := strings.Cut(pair, "=")
		if decoded, err := url.QueryUnescape(name); err == nil {
			name = decoded
		}
		if isSecretName(strings.ToLower(name)) {
			return "the parameter " + printable(name)
		}
	}
	return ""
}

func isSecretName(name string) bool {
	if slices.Contains(secretNames, name) || strings.HasPrefix(name, "x-amz-") || strings.HasPrefix(name, "x-goog-") {
		return true
	}
	for _, word := range secretWords {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}
