package e2e

import (
	"context"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"google.golang.org/protobuf/proto"

	"audienceflow/workflows"
)

// kept is what can be read of one workflow: its history, its description with memo, search
// attributes, heartbeats and failures, and the answers to its queries.
type kept struct {
	name string
	text []byte
}

// dial connects to the server that all tests share.
func (w *world) dial() client.Client {
	w.t.Helper()
	c, err := shared.temporal.Dial(w.t.Context(), client.Options{Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	require.NoError(w.t, err)
	w.t.Cleanup(c.Close)
	return c
}

// export gives everything that the server keeps of all its workflows, those of other tests too.
// Only workflows of this world have a worker that answers their queries.
func (w *world) export(c client.Client) []kept {
	w.t.Helper()
	var all []kept
	var next []byte
	for {
		page, err := c.ListWorkflow(w.t.Context(), &workflowservice.ListWorkflowExecutionsRequest{NextPageToken: next})
		require.NoError(w.t, err)
		for _, info := range page.GetExecutions() {
			id, run := info.GetExecution().GetWorkflowId(), info.GetExecution().GetRunId()
			all = append(all, kept{id + " (listed)", encoded(w, info)}, kept{id + " (history)", w.history(c, id, run)}, kept{id + " (description)", w.description(c, id, run)})
			if strings.Contains(id, w.destination) && !strings.HasPrefix(id, "temporal-sys") {
				all = append(all, w.answers(c, id, run)...)
			}
		}
		if next = page.GetNextPageToken(); len(next) == 0 {
			return all
		}
	}
}

func encoded(w *world, message proto.Message) []byte {
	w.t.Helper()
	text, err := proto.Marshal(message)
	require.NoError(w.t, err)
	return text
}

func (w *world) history(c client.Client, id, run string) (text []byte) {
	w.t.Helper()
	events := c.GetWorkflowHistory(w.t.Context(), id, run, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		require.NoError(w.t, err)
		text = append(text, encoded(w, event)...)
	}
	return text
}

func (w *world) description(c client.Client, id, run string) []byte {
	w.t.Helper()
	answer, err := c.DescribeWorkflowExecution(w.t.Context(), id, run)
	require.NoError(w.t, err)
	return encoded(w, answer)
}

// answers are what a workflow says of itself: its status, and the details that the UI shows.
func (w *world) answers(c client.Client, id, run string) (all []kept) {
	w.t.Helper()
	for _, query := range []string{workflows.QueryStatus, "__temporal_workflow_metadata"} {
		ctx, cancel := context.WithTimeout(w.t.Context(), patience)
		value, err := c.QueryWorkflow(ctx, id, run, query)
		cancel()
		if err != nil {
			all = append(all, kept{id + " (" + query + ", refused)", []byte(err.Error())})
			continue
		}
		var answer converter.RawValue
		require.NoError(w.t, value.Get(&answer))
		all = append(all, kept{id + " (" + query + ")", answer.Payload().GetData()})
	}
	return all
}

// watch looks at a workflow's steps under way until it is told to stop, and gives what they have
// said: heartbeats and failures, which nothing keeps once a step is done.
func (w *world) watch(c client.Client, id string) (stop func() []kept) {
	ctx, cancel := context.WithCancel(w.t.Context())
	said := map[string]bool{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(lookEvery)
		defer ticker.Stop()
		for ctx.Err() == nil {
			answer, _ := c.DescribeWorkflowExecution(ctx, id, "") // none: it has not begun, or the test is over
			for _, step := range answer.GetPendingActivities() {
				for _, beat := range step.GetHeartbeatDetails().GetPayloads() {
					said[string(beat.GetData())] = true
				}
				said[step.GetLastFailure().String()] = true
			}
			select {
			case <-ticker.C:
			case <-ctx.Done():
			}
		}
	}()
	return func() (all []kept) {
		cancel()
		<-done
		for text := range said {
			all = append(all, kept{id + " (under way)", []byte(text)})
		}
		return all
	}
}

var guid = regexp.MustCompile(`(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}`)

// leaks gives the markers, and the contacts, that a text holds.
func leaks(text []byte, markers []string, contacts map[string]bool) (found []string) {
	lower := strings.ToLower(string(text))
	for _, marker := range markers {
		if strings.Contains(lower, strings.ToLower(marker)) {
			found = append(found, marker)
		}
	}
	for _, id := range guid.FindAllString(lower, -1) {
		if contacts[strings.ReplaceAll(id, "-", "")] {
			found = append(found, id)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}
