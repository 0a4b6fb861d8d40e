package e2e

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"audienceflow/dynamics/simulator"
	"audienceflow/runs"
	"audienceflow/starter/command"
)

// Markers stand in what must stay where it belongs: in the source, in Dynamics and in the store.
const (
	markedName   = "Quarzfeder"
	markedMail   = "zinnober.mail"
	markedSecret = "Vetiver~Secret"
	markedRecord = "Kolophonium"
	secondClient = "client2"
	// jwtStart is how every access token begins.
	jwtStart = "eyJ0eXAi"
	// lost is a contact that Dynamics does not have.
	lost = "0badc0de-1111-4222-8333-944455556666"
)

// secrecy gathers everything that is written down about a destination.
type secrecy struct {
	*world
	temporal client.Client
	texts    []kept
	contacts map[string]bool
}

// runs a command, keeps what it logs, and where it reports numbers alone also what it prints.
func (s *secrecy) runs(code int, shown bool, args ...string) {
	s.t.Helper()
	r := s.starter(args...)
	require.Equal(s.t, code, r.code, "%v\n%s%s", args, r.out, r.errOut)
	s.texts = append(s.texts, kept{"log of starter " + args[0], []byte(r.errOut)})
	if shown {
		s.texts = append(s.texts, kept{"output of starter " + args[0], []byte(r.out)})
	}
}

func (s *secrecy) keepLog(name string, p *process) {
	s.texts = append(s.texts, kept{"log of " + name, []byte(p.log.String())})
}

// marked writes an audience whose names, addresses and broken records hold markers.
func (s *secrecy) marked(contacts []string) string {
	var text strings.Builder
	record := func(name, contact, status string) {
		fmt.Fprintf(&text, `{"person":{"name":{"firstName":%q}},"personalEmail":{"address":"%s.%d@example.org"},"identityMap":{"contactId":[{"id":%q}]},`+
			`"segmentMembership":{"ups":{"vip":{"status":%q,"lastQualificationTime":%q}}}}`+"\n", name, markedMail, text.Len(), contact, status, firstTime)
	}
	for _, contact := range contacts {
		record(markedName, contact, "realized")
	}
	record(markedName, lost, "realized")
	record(markedName, markedRecord, "realized")
	record(markedName, contacts[0], markedRecord)
	record(strings.Repeat(markedName, 10), contacts[1], "realized")
	text.WriteString(`{"` + markedRecord + `": ` + "\n")
	s.write("marked.ndjson", text.String())
	return s.activation("marked.ndjson", "  - {source: personalEmail.address, target: Email}", "onBadValue: reject", "guard: {maxExitShare: 1}")
}

// TestNothingOfContactsOrSecretsIsWrittenDown takes a destination through all kinds of runs and
// failures, and looks for what was marked in everything that Temporal keeps and in every log.
func TestNothingOfContactsOrSecretsIsWrittenDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{
		Contacts: 240, Seed: 31, ClientSecret: markedSecret, Clients: []string{secondClient + ":" + markedSecret + "~2"},
	})
	w.set("CLIENT_ID", "") // two application users take its place
	w.set("CLIENT_SECRET", "")
	w.set("CLIENTS", "first,second")
	w.set("CLIENT_FIRST_ID", "client")
	w.set("CLIENT_FIRST_SECRET", markedSecret)
	w.set("CLIENT_SECOND_ID", secondClient)
	w.set("CLIENT_SECOND_SECRET", markedSecret+"~2")
	w.set("REQUEST_SIZE", "20")
	w.set("REQUEST_TIMEOUT", "8s") // rows of unknown fate are looked up again that much sooner
	w.set("SERVER_TIMEOUT", "3s")
	w.environment["LOG_LEVEL"] = "debug"
	s := &secrecy{world: w, temporal: w.dial(), contacts: map[string]bool{strings.ReplaceAll(lost, "-", ""): true}}
	contacts := w.contacts()
	for _, contact := range contacts {
		s.contacts[strings.ReplaceAll(contact, "-", "")] = true
	}
	worker := w.startWorker()
	file := s.marked(contacts[:200])

	s.runs(command.ExitDone, true, "check", "-f", file)
	require.Contains(t, string(s.texts[len(s.texts)-1].text), "write contact as second")
	s.runs(command.ExitDone, false, "plan", "-f", file)
	s.brokenSources(contacts)
	s.failures(contacts)
	stop := w.watch(s.temporal, w.workflowID())
	s.runs(command.ExitPerson, true, "activate", "-f", file)
	s.texts = append(s.texts, w.export(s.temporal)...) // while it is held
	w.control(http.MethodDelete, "faults", nil)
	s.fault(simulator.Fault{Kind: "plugin", IDs: contacts[10:13], Message: s.words(contacts)})
	s.runs(command.ExitDone, true, "resume", w.workflowID(), "--reason", "seen to")
	require.Equal(t, runs.StatusCompleted, w.awaitEnd().Status)
	s.runs(command.ExitDone, false, "rejected", w.workflowID())
	w.control(http.MethodDelete, "faults", nil)
	s.runs(command.ExitDone, true, "replay", w.workflowID())
	w.change(map[string]any{"contactid": contacts[5], "firstname": "Other"}, map[string]any{"contactid": contacts[6], "delete": true})
	s.runs(command.ExitMismatch, false, "validate", "-f", file)
	s.runs(command.ExitDone, false, "validate", "-f", file, "--repair")
	s.schedule(file)
	s.stream(contacts[200:])
	s.texts = append(s.texts, stop()...)
	s.runs(command.ExitDone, false, "contact", w.contacts()[0])
	s.runs(command.ExitDone, true, "list")
	s.runs(command.ExitDone, true, "unmap", "-f", file)
	s.runs(command.ExitDone, true, "status", w.workflowID())
	s.texts = append(s.texts, w.export(s.temporal)...)
	s.keepLog("worker", worker)
	worker.kill()
	s.wrongSecret(file)

	require.NotEmpty(t, leaks([]byte("x "+markedName+" y"), s.markers(), s.contacts))
	require.NotEmpty(t, leaks([]byte(strings.ToUpper(contacts[9])), s.markers(), s.contacts))
	var found []string
	for _, text := range s.texts {
		for _, leak := range leaks(text.text, s.markers(), s.contacts) {
			found = append(found, text.name+": "+leak)
		}
	}
	require.Empty(t, found)
}

// brokenSources has sources refused that hold markers where an error might quote them, and some
// that are nobody's to read.
func (s *secrecy) brokenSources(contacts []string) {
	s.t.Helper()
	row := contacts[7] + "," + markedName + "," + markedMail + ",realized"
	sources := map[string]string{
		"cr.csv":      strings.ReplaceAll("id,first,mail,status\n\""+row+"\n"+row+"\n", "\n", "\r"),
		"colon.csv":   strings.ReplaceAll(row+"\n"+row+"\n", ",", ":"),
		"header.csv":  row + "\n" + row + "\n",
		"quote.csv":   "id,first,mail,status\n\"" + row + "\n" + row + "\n",
		"cut.ndjson":  `{"identityMap":{"contactId":[{"id":"` + contacts[7] + `"}]},"` + markedRecord + `":"` + markedName,
		"not.parquet": "PAR1" + markedName + markedMail + "PAR1",
		"not.csv.gz":  "\x1f\x8b" + markedName + markedMail,
	}
	urls := []string{"/proc/self/environ", "/etc/shadow", "../../../../../../proc/self/environ"}
	for name, text := range sources {
		urls = append(urls, s.write(name, text))
	}
	for n, url := range urls {
		format := "csv"
		if strings.HasSuffix(url, "json") || strings.HasSuffix(url, "parquet") {
			format = "auto"
		}
		columns := "contactId: id, status: status"
		if strings.HasSuffix(url, "ndjson") {
			columns = "contactId: contactId"
		}
		file := s.write("broken.yaml", fmt.Sprintf("destination: %s\naudience: broken%d\nmappingId: vipstatus\nsource: {url: %q, format: %s, %s}\n",
			s.destination, n, url, format, columns))
		s.runs(command.ExitFailed, true, "activate", "-f", file)
		s.starter("check", "-f", file)
	}
}

func (s *secrecy) markers() []string {
	return []string{markedName, markedMail, markedSecret, markedRecord, jwtStart, senderToken}
}

// failures make requests fail in words that hold contacts and values; the last one holds the run
// until somebody comes.
func (s *secrecy) failures(contacts []string) {
	words := s.words(contacts)
	for _, f := range []simulator.Fault{
		{Kind: "code", Match: "CRM.UpdateMultiple", Status: http.StatusInternalServerError, Code: "0x80040216", Message: words, Count: 2},
		{Kind: "status", Match: "CRM.UpdateMultiple", Status: http.StatusServiceUnavailable, Count: 3},
		{Kind: "status", Match: "CRM.UpdateMultiple", Status: http.StatusUnauthorized, Message: words, Count: 1},
		{Kind: "code", Match: "contacts?$select", Status: http.StatusServiceUnavailable, Code: "0x80071151", Message: words, Count: 2},
		{Kind: "expired-tokens"},
		{Kind: "code", Match: "CRM.UpdateMultiple", Status: http.StatusForbidden, Code: "0x80040225", Message: words},
	} {
		s.fault(f)
	}
}

// words are such as a plug-in may use.
func (s *secrecy) words(contacts []string) string {
	return "contact " + contacts[3] + " " + markedName + " " + markedMail + " cannot be saved"
}

// schedule has a run started by a schedule, once.
func (s *secrecy) schedule(file string) {
	s.t.Helper()
	before := s.status().Run
	s.runs(command.ExitDone, true, "schedule", "create", "-f", file, "--cron", "0 3 1 1 *")
	require.NoError(s.t, s.temporal.ScheduleClient().GetHandle(s.t.Context(), s.workflowID()).Trigger(s.t.Context(), client.ScheduleTriggerOptions{}))
	eventually(s.t, "the schedule's run is over", func() bool {
		report := s.status()
		return report.Run != before && report.Ended()
	})
	s.runs(command.ExitDone, true, "schedule", "delete", s.workflowID())
}

func (s *secrecy) stream(contacts []string) {
	s.t.Helper()
	address := freeAddress(s.t)
	serve := s.startServe(address)
	s.world.stream(address, "realized", laterTime, contacts)
	s.holds("realized", contacts)
	answer, err := http.Get("http://" + address + "/metrics")
	require.NoError(s.t, err)
	metrics, err := io.ReadAll(answer.Body)
	require.NoError(s.t, err)
	require.NoError(s.t, answer.Body.Close())
	require.Contains(s.t, string(metrics), "audienceflow_")
	s.texts = append(s.texts, kept{"metrics of serve", metrics})
	s.keepLog("serve", serve)
	serve.kill()
}

// wrongSecret has a run fail because one of the users cannot sign in.
func (s *secrecy) wrongSecret(file string) {
	s.t.Helper()
	s.set("CLIENT_SECOND_SECRET", markedSecret+"~old")
	worker := s.startWorker()
	s.runs(command.ExitFailed, true, "activate", "-f", file)
	require.Contains(s.t, string(s.texts[len(s.texts)-1].text), "sign in as second")
	require.Contains(s.t, string(s.texts[len(s.texts)-1].text), "CLIENT_SECOND_SECRET")
	s.texts = append(s.texts, s.export(s.temporal)...)
	s.keepLog("worker with a wrong secret", worker)
}
