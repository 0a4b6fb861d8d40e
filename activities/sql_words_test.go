package activities

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/log"

	"audienceflow/runs"
	"audienceflow/store/storetest"
)

// TestADatabaseIsQuotedToPeopleAlone has queries refused in words that quote values of rows, and
// looks for these in what a run and a check tell, and log.
func TestADatabaseIsQuotedToPeopleAlone(t *testing.T) {
	t.Parallel()
	database := storetest.Database(t)
	w := newWorld(t, 1)
	heard := &ears{}
	w.log = log.NewStructuredLogger(slog.New(slog.NewTextHandler(&heard.text, &slog.HandlerOptions{Level: slog.LevelDebug})))
	w.options.SourceURL = func(string) string { return database }
	w.connect()
	a := w.activation(w.everyone()...)
	a.Source.URL, a.Source.Format, a.Source.Connection = "", "", "crm"
	a.Source.SQL = "SELECT 1"
	_, err := do(w, w.connection.ResolveColumns, ResolveColumnsInput{Run: testRun, Kind: runs.KindPlan, WorkflowID: "plan/dynamics/vip", Activation: a})
	require.NoError(t, err)
	heard.text.Reset()

	for _, expression := range []string{"int", "date", "timestamptz", "uuid", "numeric", "bool", "json", "inet", "interval"} {
		a.Source.SQL = "SELECT id, first, (status::" + expression + ")::text AS status FROM (VALUES ('" + w.ids[0] + "', 'Ann', 'realized'), ('" +
			w.ids[0] + "', 'Bo', substr('x" + secretWord + "', 2))) AS m (id, first, status)"
		run := "run-" + expression
		w.begin(run, func(s *settings) { s.Activation = a })
		_, err := do(w, w.planning.StageAudience, StageAudienceInput{Run: run, Now: time.Now()})
		require.Error(t, err, expression)
		heard.hear(err)
		heard.hear(w.checked(a))
		require.NotContains(t, strings.ToLower(heard.text.String()), strings.ToLower(secretWord), expression)
		require.Contains(t, w.failureDetail(run), "the database says: ", expression)
		require.Equal(t, w.failureDetail(run), w.failureDetail("default-test-run-id"), expression)
		heard.text.Reset()
	}
	require.Contains(t, w.failureDetail("run-int"), `invalid input syntax for type integer: \"realized\"`)
}
