package command

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/common/v1"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflow/v1"
	"google.golang.org/protobuf/types/known/timestamppb"

	"audienceflow/runs"
	"audienceflow/store"
	"audienceflow/store/runlog"
	"audienceflow/store/staging"
)

// TestAStreamThatHasEndedShowsItsLatestHour: its workflow has nothing to say any more.
func TestAStreamThatHasEndedShowsItsLatestHour(t *testing.T) {
	const id = "stream/d/a"
	url := "sqlite:" + filepath.Join(t.TempDir(), "store.db")
	s, err := store.Open(t.Context(), url)
	require.NoError(t, err)
	require.NoError(t, s.BeginRun(t.Context(), runlog.Run{Run: "hour", WorkflowID: id, Destination: "d", Audience: "a", Kind: runs.KindStream, Column: "acme_vip"}))
	require.NoError(t, s.Stage(t.Context(), "hour", staging.Chunk{To: 1, Excluded: []staging.Excluded{{Position: 1, Line: 7, Reason: "invalid_contact_id"}}}))
	require.NoError(t, s.Close())
	ended := time.Now().Add(-time.Minute)
	info := &workflow.WorkflowExecutionInfo{Execution: &common.WorkflowExecution{WorkflowId: id}, Status: enums.WORKFLOW_EXECUTION_STATUS_CANCELED,
		StartTime: timestamppb.New(ended.Add(-time.Hour)), CloseTime: timestamppb.New(ended)}
	told := runs.Report{WorkflowID: id, Kind: runs.KindStream, Status: runs.StatusCanceled, Reason: "canceled", NumbersFrom: runs.NumbersNowhere}

	last := (&App{StoreURL: url}).withWindow(t.Context(), told, info)
	require.Equal(t, []string{"hour", id, "acme_vip", runs.StatusCanceled, "canceled"}, []string{last.Run, last.WorkflowID, last.Column, last.Status, last.Reason})
	require.EqualValues(t, 1, last.Excluded)
	require.NotEqual(t, runs.NumbersNowhere, last.NumbersFrom)
	require.WithinDuration(t, ended, *last.EndedAt, time.Second)

	without := (&App{StoreURL: "sqlite:" + filepath.Join(t.TempDir(), "none.db")}).withWindow(t.Context(), told, info)
	require.Equal(t, runs.NumbersNowhere, without.NumbersFrom)
	require.Equal(t, runs.StatusCanceled, without.Status)
}

// TestAScheduleThatHasStartedNothingHasNoLastRun: that of its audience was somebody else's.
func TestAScheduleThatHasStartedNothingHasNoLastRun(t *testing.T) {
	s := schedule{ID: "activate/d/a"}
	(&App{}).addLastRun(t.Context(), &s) // asks nobody
	require.Empty(t, s.LastStatus)
}
