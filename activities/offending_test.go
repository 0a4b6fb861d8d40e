package activities

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/runs"
	"audienceflow/store/staging"
)

// TestWhatIsNoContactIDIsKeptToBeFound: whoever mends a source looks for what stands there.
func TestWhatIsNoContactIDIsKeptToBeFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	a := w.activation(append(w.everyone(), " CRM-4711 ,Ann,realized", ",Ann,realized", strings.Repeat("9", 200)+",Ann,realized")...)
	_, err := do(w, w.connection.ResolveColumns, ResolveColumnsInput{Run: testRun, Kind: runs.KindActivate, WorkflowID: "activate/dynamics/vip", Activation: a})
	require.NoError(t, err)
	_, err = do(w, w.planning.StageAudience, StageAudienceInput{Run: testRun})
	require.NoError(t, err)
	rows, err := w.options.Store.Rejected(t.Context(), testRun, staging.RejectedQuery{})
	require.NoError(t, err)
	var found []string
	for _, r := range rows {
		found = append(found, r.Reason+": "+r.Contact)
	}
	require.Equal(t, []string{"invalid_contact_id: CRM-4711", "missing_contact_id: ", "invalid_contact_id: " + strings.Repeat("9", 100)}, found)
}
