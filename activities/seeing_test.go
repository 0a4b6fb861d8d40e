package activities

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"audienceflow/audience/activation"
	"audienceflow/runs"
)

// seenSource is a source of the test of what is seen in it, and the activation's own lines.
type seenSource struct {
	file, source, more string
	record             func(id string, n int) string
	head               string
}

func (s seenSource) activation(t *testing.T, ids []string, records int) Activation {
	t.Helper()
	path := filepath.Join(t.TempDir(), s.file)
	lines := []string{}
	if s.head != "" {
		lines = append(lines, s.head)
	}
	for n := range records {
		lines = append(lines, s.record(ids[n%len(ids)], n))
	}
	require.NoError(t, os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600))
	list, err := activation.Parse(fmt.Appendf(nil, "destination: dynamics\naudience: vip\nmappingId: vip\nsource:\n  url: %s\n%s%s",
		path, s.source, s.more), filepath.Join(filepath.Dir(path), "vip.yaml"))
	require.NoError(t, err)
	return list[0]
}

const firstNameMapping = "mapping: [{source: person.name.firstName, target: FirstName}]\n"

// xdm is a profile of an audience.
func xdm(audience, time string) func(string, int) string {
	return func(id string, n int) string {
		return fmt.Sprintf(`{"identityMap":{"contactId":[{"id":%q}]},"segmentMembership":{"ups":{%q:{"status":"realized","lastQualificationTime":%q}}},"person":{"name":{"firstName":"Ann%d"}}}`,
			id, audience, time, n)
	}
}

// TestWhatASourceDoesNotHoldIsSaid runs and checks activations that name what their sources do not
// hold.
func TestWhatASourceDoesNotHoldIsSaid(t *testing.T) {
	t.Parallel()
	const when = "2025-06-01T10:00:00Z"
	w := newWorld(t, 120)
	before := w.activation(w.everyone()...)
	before.MappingID = "gold"
	w.activate("before", before)
	for name, c := range map[string]struct {
		seenSource
		says, shows string
		fails       bool
	}{
		"another audience": {seenSource{file: "a.ndjson", record: xdm("VIP2", when), more: firstNameMapping},
			"no record of 120 mentions audience vip in namespace ups: check both", "it mentions VIP2", true},
		"another namespace": {seenSource{file: "a.ndjson", record: func(id string, n int) string {
			return strings.Replace(xdm("vip", when)(id, n), `"ups"`, `"CustomerUpload"`, 1)
		}}, "no record of 120 mentions audience vip", "it mentions vip in namespace CustomerUpload", true},
		"many audiences": {seenSource{file: "a.ndjson", record: func(id string, n int) string {
			return xdm(fmt.Sprintf("a%02d", n%12), when)(id, n)
		}}, "no record of 120 mentions audience vip", "it mentions a00, a01, a02, a03, a04, a05, a06, a07, a08, a09", true},
		"added elsewhere": {seenSource{file: "a.ndjson", record: func(id string, _ int) string { return sdkBody(id, "vib") }},
			"no record of 120 mentions audience vip", "it mentions vib", true},
		"listed elsewhere": {seenSource{file: "a.ndjson", record: func(id string, _ int) string {
			return `{"audienceId":"vap","profiles":[{"contactId":"` + id + `"}]}`
		}}, "no record of 120 mentions audience vip", "it mentions vap", true},
		"no audience at all": {seenSource{file: "a.ndjson", record: func(id string, _ int) string { return `{"contactId":"` + id + `"}` }},
			"need source.status or source.constantStatus", "", true},
		"an empty wide column": {seenSource{file: "a.csv", head: "contactId,ups_vip", record: func(id string, _ int) string { return id + "," }},
			"no record of 120 mentions audience vip", "", true},
		"a misspelt path": {seenSource{file: "a.ndjson", record: xdm("vip", when), more: "mapping: [{source: person.name.frstName, target: FirstName}]\n"},
			"mapping person.name.frstName: no record of 120 has it", "for person.name.frstName there is person.name.firstName", true},
		"a path without its way": {seenSource{file: "a.ndjson", record: xdm("vip", when), more: "mapping: [{source: firstNme, target: FirstName}]\n"},
			"mapping firstNme: no record of 120 has it", "for firstNme there is person.name.firstName", true},
		"a path like nothing": {seenSource{file: "a.ndjson", record: xdm("vip", when), more: "mapping: [{source: loyalty, target: FirstName}]\n"},
			"mapping loyalty: no record of 120 has it", "", true},
		"consent that nobody has": {seenSource{file: "a.ndjson", record: xdm("vip", when), more: firstNameMapping + "requireConsent: person.name.consent\n"},
			"requireConsent person.name.consent: no record of 120 has it", "", false},
		"identities of another namespace": {seenSource{file: "a.ndjson", record: xdm("vip", when), source: "  contactId: contactIds\n", more: firstNameMapping},
			"source.contactId contactIds: no record of 120 has it", "for contactIds there is identityMap.contactId", false},
		"German times": {seenSource{file: "a.ndjson", record: xdm("vip", "01.06.2025"), more: firstNameMapping},
			`none of the 120 qualification times can be read, so they count as oldest; write source.timeFormat: "02.01.2006"`, "", false},
		"times of a table": {seenSource{file: "a.csv", head: "id,st,at", source: "  contactId: id\n  status: st\n  lastQualificationTime: at\n",
			record: func(id string, n int) string { return fmt.Sprintf("%s,realized,06/%02d/2025 14:30", id, 1+n%28) }},
			`write source.timeFormat: "01/02/2006 15:04"`, "", false},
		"times both ways": {seenSource{file: "a.csv", head: "id,st,at", source: "  contactId: id\n  status: st\n  lastQualificationTime: at\n",
			record: func(id string, _ int) string { return id + ",realized,06/07/2025" }},
			`write source.timeFormat: "02/01/2006", or "01/02/2006" where that is meant`, "", false},
		"some times": {seenSource{file: "a.ndjson", more: firstNameMapping, record: func(id string, n int) string {
			return xdm("vip", map[bool]string{true: "soon", false: when}[n%40 == 0])(id, n)
		}}, "3 of 120 qualification times cannot be read and count as oldest; say in source.timeFormat", "", false},
		"a column that takes nothing": {seenSource{file: "a.ndjson", record: xdm("vip", when), more: "mapping: [{source: person.name.firstName, target: birthdate}]\n"},
			"every value of birthdate was left out", "", false},
		"rows that are refused": {seenSource{file: "a.ndjson", record: xdm("vip", when), more: "mapping: [{source: person.name.firstName, target: birthdate}]\nonBadValue: reject\n"},
			"every value of birthdate was refused, with its row", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			a := c.activation(t, w.ids, 120)
			notes, err := w.seen(name, a)
			require.Equal(t, c.fails, err != nil, "%v %v", notes, err)
			if c.fails {
				var failure *temporal.ApplicationError
				require.ErrorAs(t, err, &failure)
				require.Equal(t, ErrSourceUnusable, failure.Type())
				require.True(t, failure.NonRetryable())
				require.Contains(t, err.Error(), "source.allowEmpty: true")
				notes = err.Error()
			}
			require.Contains(t, notes, c.says)
			require.Equal(t, strings.Contains(c.says, " is meant"), strings.Contains(notes, " is meant"), "formats that mean the same are one")
			require.Equal(t, c.shows, w.failureDetail(name))
			require.False(t, c.shows != "" && strings.Contains(notes, c.shows), "the source's words are for people alone")

			checked := w.checked(a)
			step := checked.wrongRecords(t, c.says)
			require.Equal(t, !c.fails, step.OK)
			require.Equal(t, !c.fails, checked.OK)
			require.Equal(t, c.shows, w.failureDetail("default-test-run-id"))

			if !c.fails {
				return
			}
			a.Source.AllowEmpty = true
			notes, err = w.seen(name+" allowed", a)
			require.NoError(t, err)
			require.NotContains(t, notes, c.says)
			require.True(t, w.checked(a).OK)

			notes, err = w.seen(name+" small", c.activation(t, w.ids, 99))
			require.NoError(t, err, "too few records to tell")
			require.Contains(t, notes, strings.Replace(c.says, "120", "99", 1))

			a.MappingID, a.Source.AllowEmpty = "gold", false
			notes, err = w.seen(name+" later", a)
			require.NoError(t, err, "the audience has exported something before")
			require.Contains(t, notes, c.says)
		})
	}
}

// seen stages a source under a run and gives what that tells of it.
func (w *world) seen(run string, a Activation) (string, error) {
	w.t.Helper()
	_, err := do(w, w.connection.ResolveColumns, ResolveColumnsInput{Run: run, Kind: runs.KindPlan, WorkflowID: "plan/" + run, Activation: a})
	require.NoError(w.t, err)
	out, err := do(w, w.planning.StageAudience, StageAudienceInput{Run: run, Now: time.Now()})
	return strings.Join(append(out.Seen, out.Lost...), "\n"), err
}

// wrongRecords finds the step of a check that says something of the records.
func (r CheckResult) wrongRecords(t *testing.T, says string) CheckStep {
	t.Helper()
	for _, step := range r.Steps {
		if step.Name == StepRecords && strings.Contains(step.Detail, says) && (step.Warning || !step.OK) {
			return step
		}
	}
	require.Fail(t, "nothing is said", "%s in %v", says, r.Steps)
	return CheckStep{}
}

func sdkBody(id, audience string) string {
	return `{"identities":[{"type":"contactId","id":"` + id + `"}],"AdobeExperiencePlatformSegments":{"add":["` + audience + `"],"remove":[]}}`
}

// TestACheckReadsTheFirstRecordsOfEachFile: what it does not find in them may stand behind them.
func TestACheckReadsTheFirstRecordsOfEachFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 10)
	c := seenSource{file: "a.ndjson", record: xdm("vip", "2025-06-01T10:00:00Z"), more: "mapping: [{source: loyalty, target: FirstName}]\n"}
	a := c.activation(t, w.ids, 1_001)
	checked := w.checked(a)
	require.True(t, checked.OK, checked.Steps)
	require.True(t, checked.wrongRecords(t, "no record of the first 1000 has it").Warning)

	c.more = firstNameMapping
	a = c.activation(t, w.ids, 1_500)
	second := filepath.Join(filepath.Dir(a.Source.URL), "b.ndjson")
	writeFile(t, second, xdm("vip", "x")(w.ids[0], 1)+"\n")
	a.Source.URL = filepath.Dir(a.Source.URL)
	checked = w.checked(a)
	require.Equal(t, "records read: 1,001, the first ones, of the audience: 1,001", checked.step(t, StepRecords).Detail)
	checked.wrongRecords(t, "1 of 1,001 qualification times cannot be read")
}
