package activation_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/audience/activation"
)

const smallest = "destination: dynamics\naudience: vip\nmappingId: vipstatus\nsource: {url: vip.ndjson}\n"

// problems parses an activation file that is wrong and gives what is wrong.
func problems(t *testing.T, content string) []string {
	t.Helper()
	_, err := activation.Parse([]byte(content), "vip.yaml")
	var wrong *activation.FileError
	require.ErrorAs(t, err, &wrong, content)
	return strings.Split(err.Error(), "\n")
}

// write makes a file of that name and gives its path.
func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func TestSmallestFile(t *testing.T) {
	got, err := activation.Parse([]byte(smallest), "/folder/vip.yaml")
	require.NoError(t, err)
	require.Equal(t, []audience.Activation{{
		Destination: "dynamics", Audience: "vip", Namespace: "ups", MappingID: "vipstatus",
		Source:   audience.Source{URL: "/folder/vip.ndjson", Format: "auto", ContactID: "contactId"},
		OnExit:   "write",
		Statuses: audience.Statuses{Realized: "realized", Exited: "exited"}, OnBadValue: "skip",
		Guard:  audience.DefaultGuard,
		Folder: "/folder",
	}}, got)
}

func TestWholeFile(t *testing.T) {
	path := write(t, "vip.yaml", `
destination: emea
audience: 00d3g5fe
namespace: CustomerAudienceUpload
mappingId: ACME_VipStatus
source:
  url: ../exports/vip.csv
  format: csv
  contactId: id
  status: st
  lastQualificationTime: when
  complete: true
mapping:
  - {source: "First Name", target: FirstName, whenEmpty: clear}
  - {source: mail, target: Email}
onExit: clear
statuses: {realized: "Yes", exited: "No"}
onBadValue: reject
guard: {maxExitShare: 1, maxFailedShare: 0, maxOverwriteShare: 0.25, maxExcludedShare: 0.3}
alerts: [generic+https://example.org/hook, {to: SALES_CHANNEL, on: [start, trouble]}]
expectEvery: 26h
requireConsent: consent
tolerance: 0.001
name: VIP customers
description: Those who buy often
`)
	got, err := activation.Load(path)
	require.NoError(t, err)
	require.Equal(t, []audience.Activation{{
		Destination: "emea", Audience: "00d3g5fe", Namespace: "CustomerAudienceUpload", MappingID: "ACME_VipStatus",
		Source: audience.Source{URL: filepath.Join(filepath.Dir(path), "../exports/vip.csv"), Format: "csv", ContactID: "id", Status: "st",
			LastQualificationTime: "when", Complete: true},
		Mapping: []audience.Mapping{{Source: "First Name", Target: "FirstName", WhenEmpty: "clear"}, {Source: "mail", Target: "Email", WhenEmpty: "skip"}},
		OnExit:  "clear", Statuses: audience.Statuses{Realized: "Yes", Exited: "No"}, OnBadValue: "reject",
		Guard:       audience.Guard{MaxExitShare: 1, MaxFailedShare: 0, MaxOverwriteShare: 0.25, MaxExcludedShare: 0.3, MaxRepairShare: 0.01},
		Alerts:      []audience.Alert{{To: "generic+https://example.org/hook"}, {To: "SALES_CHANNEL", On: []string{"start", "trouble"}}},
		ExpectEvery: 26 * time.Hour, RequireConsent: "consent", Tolerance: 0.001,
		Name: "VIP customers", Description: "Those who buy often", Folder: filepath.Dir(path),
	}}, got)
}

func TestTwoAudiencesMayNotShareAColumn(t *testing.T) {
	const two = "destination: d\nsource: {url: a}\naudiences:\n  - {audience: a, mappingId: %s}\n  - {audience: b, mappingId: %s}\n"
	for _, same := range [][2]string{
		{"vipstatus", "vipstatus"}, {"vipstatus", "VIPStatus"}, {"acme_vipstatus", "vipstatus"}, {"VipStatus", "Acme_vipstatus"},
		{"acme_vip", "ACME_VIP"}, {"acme_foo_vip", "foo_vip"},
	} {
		got := problems(t, fmt.Sprintf(two, same[0], same[1]))
		require.Len(t, got, 1, same)
		require.Contains(t, got[0], "vip.yaml:5: ", same)
		require.Contains(t, got[0], "line 4", same)
	}
	for _, other := range [][2]string{{"acme_vip", "contoso_vip"}, {"vip", "gold"}, {"acme_foo_vip", "acme_vip"}, {"a_vip", "vip"}} {
		_, err := activation.Parse(fmt.Appendf(nil, two, other[0], other[1]), "vip.yaml")
		require.NoError(t, err, other)
	}
}

func TestSeveralAudiences(t *testing.T) {
	got, err := activation.Parse([]byte(`
destination: dynamics
source: {url: /data/all.ndjson, contactId: crm}
onExit: clear
mapping: [{source: a, target: FirstName}]
guard: {maxExitShare: 0.1}
audiences:
  - {audience: vip, mappingId: vipstatus}
  - {audience: 0123, mappingId: newsstatus, onExit: keep, mapping: [], guard: {maxFailedShare: 0.2}}
  - {audience: 1e5, mappingId: shopstatus, source: {url: "s3://bucket/shop.csv?region=eu-west-1", status: st}}
  - {audience: sql, mappingId: sqlstatus, source: {sql: select 1, connection: CRM, constantStatus: Active}}
`), "x.yaml")
	require.NoError(t, err)
	require.Len(t, got, 4)
	require.Equal(t, "/data/all.ndjson", got[0].Source.URL)
	require.Equal(t, "clear", got[0].OnExit)
	require.Len(t, got[0].Mapping, 1)
	require.Equal(t, audience.Guard{MaxExitShare: 0.1, MaxFailedShare: 0.01, MaxOverwriteShare: 0.5, MaxExcludedShare: 0.1, MaxRepairShare: 0.01}, got[0].Guard)
	require.Equal(t, "0123", got[1].Audience)
	require.Equal(t, "keep", got[1].OnExit)
	require.Empty(t, got[1].Mapping)
	require.Equal(t, audience.Guard{MaxExitShare: 0.1, MaxFailedShare: 0.2, MaxOverwriteShare: 0.5, MaxExcludedShare: 0.1, MaxRepairShare: 0.01}, got[1].Guard)
	require.Equal(t, "1e5", got[2].Audience)
	require.Equal(t, audience.Source{URL: "s3://bucket/shop.csv?region=eu-west-1", Format: "auto", ContactID: "crm", Status: "st"}, got[2].Source)
	require.Equal(t, audience.Source{SQL: "select 1", Connection: "CRM", ContactID: "crm", ConstantStatus: audience.Realized}, got[3].Source)
}

func TestSourceURLs(t *testing.T) {
	for url, want := range map[string]string{
		"vip.ndjson": "/folder/vip.ndjson", "./a/../vip.csv": "/folder/vip.csv", "/data/vip.csv": "/data/vip.csv", "exports/*.csv.gz": "/folder/exports/*.csv.gz",
		"file:///data/with%20blank.csv": "/data/with blank.csv", "file://localhost/data/a.csv": "/data/a.csv",
		"s3://bucket/a/b.csv": "s3://bucket/a/b.csv", "S3://bucket/a": "s3://bucket/a", "azblob://container/a?domain=x": "azblob://container/a?domain=x", "gs://bucket/a/": "gs://bucket/a/",
	} {
		got, err := activation.Parse([]byte(strings.Replace(smallest, "vip.ndjson", "'"+url+"'", 1)), "/folder/vip.yaml")
		require.NoError(t, err, url)
		require.Equal(t, want, got[0].Source.URL)
	}
}

func TestCredentialsAreRefusedAndNotShown(t *testing.T) {
	for _, url := range []string{
		"s3://AKIA:hunter2@bucket/a.csv", "https://user:hunter2@host/a.csv", "https://host/a.csv?sv=2020&sig=hunter2", "azblob://c/a.csv?SIG=hunter2",
		"s3://b/a.csv?X-Amz-Signature=hunter2", "gs://b/a.csv?access_token=hunter2", "a.csv?token=hunter2", "s3://b/a?region=x&secret%5Fkey=hunter2", "file://u:hunter2@h/a.csv",
	} {
		got := problems(t, strings.Replace(smallest, "vip.ndjson", "'"+url+"'", 1))
		require.Len(t, got, 1, url)
		require.Contains(t, got[0], "vip.yaml:4: source.url holds a credential", url)
		require.NotContains(t, got[0], "hunter2", url)
	}
	got := problems(t, smallest+"alerts: ['slack://hook:hunter2@webhook']\n")
	require.Contains(t, got[0], "vip.yaml:5: the alert URL holds a credential")
	require.NotContains(t, got[0], "hunter2")
}

func TestEveryProblemAtOnce(t *testing.T) {
	require.Equal(t, []string{
		"vip.yaml:1: unknown key destinatoin; did you mean destination?",
		"vip.yaml:1: destination is missing: it names the DYNAMICS_* environment, usually dynamics",
		"vip.yaml:2: mappingId must be a column's name: letters, digits and _, such as vipstatus",
		"vip.yaml:3: unknown key contactid; did you mean source.contactId?",
		"vip.yaml:5: unknown key source.ulr; did you mean url?",
		"vip.yaml:5: source has url and sql; keep one of them",
		"vip.yaml:7: source.connection is missing: it names the database, whose URL stands in the worker's environment as SOURCE_<NAME>_URL",
		"vip.yaml:7: source.status is missing: name the query's column with the status, or give constantStatus: realized",
		"vip.yaml:10: target email is mapped twice, first in line 9; keep one",
		"vip.yaml:11: mapping.target is missing: say which column of the contact it goes to",
		"vip.yaml:12: onExit must be write, clear or keep; did you mean write?",
		"vip.yaml:13: statuses.realized and statuses.exited are the same word; they must differ",
		"vip.yaml:14: guard.maxExitShare must be a number from 0 to 1, such as 0.05 for five percent",
		"vip.yaml:14: guard.maxFailedShare must be a number from 0 to 1, such as 0.05 for five percent",
		"vip.yaml:15: tolerance must be a number from 0 to 1, such as 0.05 for five percent",
	}, problems(t, `destinatoin: dynamics
mappingId: vip status
contactid: x
source:
  ulr: a
  url: b
  sql: select 1
mapping:
  - {source: a, target: Email}
  - {source: b, target: email}
  - {source: c}
onExit: wirte
statuses: {realized: x, exited: X}
guard: {maxExitShare: 5%, maxFailedShare: 2}
tolerance: .nan
audience: vip
`))
}

func TestProblems(t *testing.T) {
	for content, want := range map[string]string{
		"":                             "1: the file is empty",
		"# nothing\n":                  "1: the file is empty",
		"hello":                        "1: the file must hold keys and values",
		"- a\n":                        "1: the file must hold keys and values",
		"a: [b\n":                      "this is not YAML",
		"a:\n\t- b\n":                  "2: this is not YAML",
		smallest + "---\n" + smallest:  "5: the file holds a second document",
		smallest + "audience: other\n": "5: audience is given twice, first in line 2",
		smallest + "name: \"a\\0b\"\n": "5: name holds a control character",
		smallest + "name: a\x00b\n":    "5: the file holds a byte that is no text",
		smallest + "name: \xff\n":      "5: the file holds a byte that is no text",
		smallest + "name: [a]\n":       "5: name must be one value",
		smallest + "name: ''\n":        "5: name is blank",
		smallest + "mapping: {a: b}\n": "5: mapping must be a list",
		smallest + "mapping: [a]\n":    "5: mapping must be keys and values",
		smallest + "mapping: [{source: a, target: VIPstatus}]\n":           "5: target VIPstatus is the status column",
		smallest + "mapping: [{source: a, target: ContactId}]\n":           "5: target ContactId is the contact's key",
		smallest + "mapping: [{source: a, target: b, whenEmpty: clera}]\n": "5: mapping.whenEmpty must be skip or clear; did you mean clear?",
		smallest + "statuses: {realized: ' ', exited: x}\n":                "5: statuses.realized is blank",
		smallest + "statuses: {exited: realized}\n":                        "5: statuses.realized and statuses.exited are the same",
		smallest + "guard: {maxExitShare: -0.1}\n":                         "5: guard.maxExitShare must be a number",
		smallest + "guard: {maxExitShar: 1}\n":                             "5: unknown key guard.maxExitShar; did you mean maxExitShare?",
		smallest + "maxExitShare: 1\n":                                     "5: unknown key maxExitShare; did you mean guard.maxExitShare?",
		smallest + "nothingknown: 1\n":                                     "5: unknown key nothingknown; known here: audiences, destination",
		smallest + "alerts: [a b]\n":                                       "5: an entry of alerts must be a URL",
		smallest + "alerts: [{on: [failure]}]\n":                           "5: alerts.to is missing",
		smallest + "alerts: [{to: ops, on: [failures]}]\n":                 "5: alerts.on: failures is nothing that is told; did you mean failure?",
		smallest + "alerts: [{to: ops, of: [failure]}]\n":                  "5: unknown key alerts.of; did you mean on?",
		smallest + "guard:\n\tmaxExitShare: 1\n":                           "6: this is not YAML: the line is indented with a tab",
		smallest + "expectEvery: daily\n":                                  "5: expectEvery must be a time",
		smallest + "onBadValue: drop\n":                                    "5: onBadValue must be skip or reject",
		smallest + "x: &a b\n":                                             "5: unknown key x",
		smallest + "name: &a b\ndescription: *a\n":                         "6: description refers to an anchor",
		smallest + "audiences: []\n":                                       "2: audience and audiences are both given",
		"destination: d\nsource: {url: a}\naudiences: []\n":                "3: audiences is empty",
		"destination: d\nsource: {url: a}\naudiences:\n - {audience: a, mappingId: x}\n - {audience: a, mappingId: y}\n": "5: audience a is listed twice, first in line 4",
		"destination: d\nsource: {url: a}\naudiences:\n - {audience: a, mappingId: x}\n - {audience: b, mappingId: X}\n": "5: mappingId x is already used by the audience in line 4",
		"destination: d\nsource: {url: a}\nmappingId: x\naudiences:\n - {audience: a}\n - {audience: b}\n":               "6: mappingId x is already used",
		"audience: a\nmappingId: b\ndestination: d\n":                                                                    "1: source is missing",
		"audience: a\nmappingId: b\ndestination: a/b\nsource: {url: a}\n":                                                "3: destination may hold letters",
		strings.Replace(smallest, "{url: vip.ndjson}", "{format: csv}", 1):                                               "4: source needs one of url",
		strings.Replace(smallest, "{url: vip.ndjson}", "{url: a, stream: true}", 1):                                      "4: source has url and stream",
		strings.Replace(smallest, "{url: vip.ndjson}", "{stream: false}", 1):                                             "4: source needs one of url",
		strings.Replace(smallest, "{url: vip.ndjson}", "{stream: yes}", 1):                                               "4: source.stream must be true or false",
		strings.Replace(smallest, "{url: vip.ndjson}", "{stream: true, complete: true}", 1):                              "4: source.complete cannot go with stream",
		strings.Replace(smallest, "{url: vip.ndjson}", "{stream: true, status: a}", 1):                                   "4: source.status does not apply to stream",
		strings.Replace(smallest, "{url: vip.ndjson}", "{stream: true, microBatch: {profiles: 0}}", 1):                   "4: source.microBatch.profiles must be a whole number from 1 to 200000",
		strings.Replace(smallest, "{url: vip.ndjson}", "{stream: true, microBatch: {profiles: 200001}}", 1):              "4: source.microBatch.profiles must be a whole number from 1 to 200000",
		strings.Replace(smallest, "{url: vip.ndjson}", "{stream: true, microBatch: {age: 6m}}", 1):                       "4: source.microBatch.age must be a time from 100ms to 5m0s",
		strings.Replace(smallest, "{url: vip.ndjson}", "{stream: true, microBatch: {age: 5}}", 1):                        "4: source.microBatch.age must be a time",
		strings.Replace(smallest, "{url: vip.ndjson}", "{stream: true, microBatch: {size: 5}}", 1):                       "4: unknown key source.microBatch.size",
		strings.Replace(smallest, "{url: vip.ndjson}", "{url: vip.ndjson, microBatch: {age: 5s}}", 1):                    "4: source.microBatch belongs to stream: true",
		strings.Replace(smallest, "{url: vip.ndjson}", "{url: vip.ndjson}\nguard: {maxRepairShare: 2}", 1):               "5: guard.maxRepairShare must be a number from 0 to 1",
		strings.Replace(smallest, "{url: vip.ndjson}", "{url: a, connection: b}", 1):                                     "4: source.connection belongs to sql",
		strings.Replace(smallest, "{url: vip.ndjson}", "{sql: a, connection: B}", 1):                                     "4: source.status is missing",
		strings.Replace(smallest, "{url: vip.ndjson}", "{sql: a, connection: 'pg://u:p@h', status: s}", 1):               "4: source.connection must be a name",
		strings.Replace(smallest, "{url: vip.ndjson}", "{sql: a, connection: B, status: s, format: csv}", 1):             "4: source.format belongs to url",
		strings.Replace(smallest, "{url: vip.ndjson}", "{url: a, format: cvs}", 1):                                       "4: source.format must be auto, aep-json, csv or parquet; did you mean csv?",
		strings.Replace(smallest, "{url: vip.ndjson}", "{url: a, status: a, constantStatus: exited}", 1):                 "4: source.status and source.constantStatus are both given",
		strings.Replace(smallest, "{url: vip.ndjson}", "{url: a, constantStatus: gone}", 1):                              "4: source.constantStatus must be realized or exited",
		strings.Replace(smallest, "vip.ndjson", "ftp://host/a", 1):                                                       "4: source.url cannot read ftp://",
		strings.Replace(smallest, "vip.ndjson", "s3://bucket", 1):                                                        "4: source.url needs a bucket and a path",
		strings.Replace(smallest, "vip.ndjson", "file://folder/a", 1):                                                    "4: source.url with file:// needs an absolute path",
		strings.Replace(smallest, "vip.ndjson}", "a, format: aep-json, contactId: a..b}", 1):                             "4: source.contactId: a path must be names with single dots",
	} {
		got := strings.Join(problems(t, content), "\n")
		require.Contains(t, got, "vip.yaml:")
		require.Contains(t, got, want, content)
	}
}

func TestLoadFileCannotRead(t *testing.T) {
	_, err := activation.Load("/no/such/file.yaml")
	require.ErrorContains(t, err, "/no/such/file.yaml: there is no such file")
	_, err = activation.Load(t.TempDir())
	require.ErrorContains(t, err, "this is a folder")
	large := filepath.Join(t.TempDir(), "large.yaml")
	require.NoError(t, os.WriteFile(large, make([]byte, 2<<20), 0o600))
	_, err = activation.Load(large)
	require.ErrorContains(t, err, "no activation file")
}

func TestHostileFiles(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'j'; c++ {
		bomb += string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+string(c-1)+",", 9) + "]\n"
	}
	many := 100_000
	if testing.Short() {
		many = 10_000
	}
	for _, content := range []string{
		bomb, strings.Repeat("[", many), strings.Repeat("{a: ", many), strings.Repeat("- ", many), strings.Repeat("? ", many),
		strings.Repeat("a: ", many), strings.Repeat("&a ", many), strings.Repeat("!!a ", many), strings.Repeat("'", many), "a: " + strings.Repeat("x", many),
		strings.Repeat("k: v\n", many), "a: &x\n  <<: *x\n", "%YAML 9.9\n---\na: b\n", strings.Repeat("\n", many) + "\x00", "? [a]\n: b\n", "!!binary x: y\n",
	} {
		_, err := activation.Parse([]byte(content), "hostile.yaml")
		var wrong *activation.FileError
		require.True(t, errors.As(err, &wrong))
		require.NotEmpty(t, wrong.Problems)
	}
}

func TestAGuardOfBeforeJudgesNoExcludedRows(t *testing.T) {
	var guard audience.Guard
	require.NoError(t, json.Unmarshal([]byte(`{"maxExitShare":0.5,"maxFailedShare":0.01,"maxOverwriteShare":0.5}`), &guard))
	require.Equal(t, audience.Guard{MaxExitShare: 0.5, MaxFailedShare: 0.01, MaxOverwriteShare: 0.5, MaxExcludedShare: 1, MaxRepairShare: 1}, guard)
	text, err := json.Marshal(audience.Guard{})
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &guard))
	require.Zero(t, guard)
}

func TestAMicroBatchIsOfTheStreamThatSaysSo(t *testing.T) {
	list, err := activation.Parse([]byte(`
destination: d
source: {stream: true, microBatch: {profiles: 5_000, age: 5s}}
audiences:
  - {audience: a, mappingId: a}
  - {audience: b, mappingId: b, source: {stream: true}}
  - {audience: c, mappingId: c, source: {url: c.ndjson}}
  - {audience: e, mappingId: e, source: {contactId: id}}
`), "a.yaml")
	require.NoError(t, err)
	said := audience.MicroBatch{Profiles: 5000, Age: 5 * time.Second}
	for i, want := range []audience.MicroBatch{said, {}, {}, said} {
		require.Equal(t, want, list[i].Source.MicroBatch, list[i].Audience)
	}
	require.Equal(t, audience.MicroBatch{Profiles: 200_000, Age: 100 * time.Millisecond}, list[1].Source.MicroBatch.Usual())
}
