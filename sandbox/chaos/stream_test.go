package chaos

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"audienceflow/runs"
	"audienceflow/store/staging"
	"audienceflow/workflows"
)

// sender plays Experience Platform: it sends profiles of an audience until they are taken.
type sender struct {
	*driver
	events    int
	attempted atomic.Int64 // events in all requests
	taken     atomic.Int64 // events answered with 202
}

const (
	// answerTime is how long a sender waits for serve.
	answerTime = 5 * time.Second
	// sendPause is the pause between two requests.
	sendPause = 300 * time.Millisecond
)

func newSender(w *world, p *place, seed uint64) *sender {
	return &sender{driver: newDriver(w, p, "gold", seed+1)}
}

// send makes up some events and sends them until they are taken.
func (s *sender) send(ctx context.Context) {
	var rows []row
	for _, contact := range s.some(1 + s.random.IntN(20)) {
		s.events++
		rows = append(rows, row{contact: contact, status: s.word(), at: s.qualified(), job: fmt.Sprintf("Job %d", s.events)})
	}
	body := profiles(s.audience, rows)
	for ctx.Err() == nil {
		s.attempted.Add(int64(len(rows)))
		status := s.post(ctx, body)
		if status == http.StatusAccepted {
			s.taken.Add(int64(len(rows)))
			for _, r := range rows {
				s.place.model.apply(s.audience, map[string]row{r.contact: r}, nil)
			}
			return
		}
		if status != 0 && status != http.StatusServiceUnavailable {
			s.timeline.fault("serve answers %d", status)
		}
		pause(ctx, time.Second)
	}
	s.timeline.fault("serve never took %d events for %s", len(rows), s.place.name)
}

// qualified is when the next event happened: each at a time of its own, and not in the order in
// which they are sent.
func (s *sender) qualified() int64 {
	const block, stride = 64, 37
	n := int64(s.events)
	return streamTimes + n/block*block + n%block*stride%block
}

// post gives the status of serve's answer, 0 if there was none.
func (s *sender) post(ctx context.Context, body string) int {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	url := "http://" + s.front + "/v1/destinations/" + s.place.name + "/profiles"
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return 0
	}
	request.Header.Set("Authorization", "Bearer "+senderToken)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body) // so that the connection is used again
	return answer.StatusCode
}

// attend lets the stream go on whenever it has paused itself.
func (s *sender) attend(ctx context.Context, until <-chan struct{}) {
	for {
		select {
		case <-until:
			return
		case <-time.After(sendPause):
			s.watch(ctx, s.streamID())
		}
	}
}

func (s *sender) streamID() string { return workflows.StreamID(s.place.name, s.audience) }

// replayRefused sends again what plug-ins have refused of the stream: then the latest event of each
// contact is there.
func (s *sender) replayRefused(ctx context.Context) {
	for _, window := range s.windows(ctx) {
		kept := 0
		for _, r := range s.rejected(ctx, window) {
			if r.Outcome != "failed" || r.State != staging.RejectedKept {
				continue
			}
			if kept++; r.Reason != "plugin_error" {
				s.timeline.fault("%s: a row failed for good: %s %s", s.streamID(), r.Reason, r.Code)
			}
		}
		if kept == 0 {
			continue
		}
		s.timeline.note("%s: replaying %d rows that a plug-in refused", s.streamID(), kept)
		if report, ok := s.carry(ctx, "replay", window); ok && report.Failed > 0 {
			s.timeline.fault("%s: the replay (%s) has failed rows: %s", s.streamID(), report.Run, shown(report.Numbers))
		}
	}
}

// windows are the runs of the stream's hours.
func (s *sender) windows(ctx context.Context) (runs []string) {
	db, err := s.open()
	if err == nil {
		defer db.Close()
		err = rows(ctx, db, `SELECT run FROM runs WHERE kind = 'stream' AND workflow_id = '`+s.streamID()+`'`, 1, func(v []sql.NullString) {
			runs = append(runs, v[0].String)
		})
	}
	if err != nil {
		s.timeline.fault("the windows of %s cannot be read: %v", s.streamID(), err)
	}
	return runs
}

// drained waits until the stream has sent all that it has.
func (s *sender) drained(ctx context.Context) {
	id := s.streamID()
	var report runs.Report
	for ctx.Err() == nil {
		if s.document(ctx, &report, "status", id) && report.Stream != nil && report.Stream.Backlog == 0 && report.Status == runs.StatusRunning {
			s.timeline.note("%s: drained, %d events taken", id, s.taken.Load())
			return
		}
		s.watch(ctx, id)
		pause(ctx, time.Second)
	}
	s.timeline.fault("%s was never drained: %s\n%s", id, shown(report), s.stuck(id))
}
