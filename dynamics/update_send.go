package dynamics

import (
	"context"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	// deadlockTries is how often a request is sent that loses against other transactions.
	deadlockTries = 5
	// deadlockPause is the first wait between them; it doubles, with jitter, so that two who met do
	// not meet again.
	deadlockPause = 200 * time.Millisecond
	// targetType names the table of each row, as UpdateMultiple asks for.
	targetType = `{"@odata.type":"Microsoft.Dynamics.CRM.contact","contactid":"`
)

// again sends until the answer is not a deadlock.
func (j *job) again(ctx context.Context, send func() *failure) *failure {
	pause := deadlockPause
	for try := 1; ; try++ {
		fail := send()
		if fail == nil || fail.Class() != Deadlock || try == deadlockTries || !j.wait(ctx, pause) {
			return fail
		}
		pause *= 2
	}
}

// wait is false if the job was cancelled meanwhile.
func (j *job) wait(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause/2 + rand.N(pause))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// multiple sends a part as one UpdateMultiple: all rows are written, or none.
// https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/updatemultiple
func (j *job) multiple(ctx context.Context, part []int) *failure {
	size := len(`{"Targets":[]}`)
	for _, i := range part {
		size += len(targetType) + len(j.rows[i].id) + len(`",},`) + len(j.rows[i].json)
	}
	body := append(make([]byte, 0, size), `{"Targets":[`...)
	for n, i := range part {
		if n > 0 {
			body = append(body, ',')
		}
		body = append(body, targetType...)
		body = append(body, j.rows[i].id...)
		body = append(body, `",`...)
		body = append(body, j.rows[i].json...)
		body = append(body, '}')
	}
	body = append(body, "]}"...)
	_, fail := j.client.do(ctx, call{
		op: opUpdate, method: http.MethodPost, path: "contacts/Microsoft.Dynamics.CRM.UpdateMultiple",
		header: j.header(part...), body: body, write: true, rows: len(part), want: written(), sent: &j.sent,
	})
	return fail
}

// patch updates one contact; If-Match keeps it from being created.
// https://learn.microsoft.com/power-apps/developer/data-platform/webapi/update-delete-entities-using-web-api#basic-update
func (j *job) patch(ctx context.Context, i int) *failure {
	header := j.header(i)
	header.Set("If-Match", "*")
	body := append([]byte{'{'}, j.rows[i].json...)
	ask := call{
		op: opUpdate, method: http.MethodPatch, path: j.rows[i].entity(),
		header: header, body: append(body, '}'), write: true, rows: 1, want: written(), sent: &j.sent,
	}
	ask.want.entity = ask.path
	_, fail := j.client.do(ctx, ask)
	return fail
}

// header gives the headers of a request that updates rows: what custom logic they leave out and, for
// services that clear no lookup without it, that lookups may be cleared.
func (j *job) header(part ...int) http.Header {
	h := j.client.cfg.Bypass.header()
	if slices.ContainsFunc(part, func(i int) bool { return j.rows[i].clearsLookup() }) {
		h.Set("AutoDisassociate", "true")
	}
	return h
}

// header gives the request headers that leave out custom logic; none by default.
func (b Bypass) header() http.Header {
	h := http.Header{}
	var logic []string
	if b.SyncLogic {
		logic = append(logic, "CustomSync")
	}
	if b.AsyncLogic {
		logic = append(logic, "CustomAsync")
	}
	if len(logic) > 0 {
		h.Set("MSCRM.BypassBusinessLogicExecution", strings.Join(logic, ","))
	}
	if len(b.StepIDs) > 0 {
		h.Set("MSCRM.BypassBusinessLogicExecutionStepIds", strings.Join(b.StepIDs, ","))
	}
	if b.Flows {
		h.Set("MSCRM.SuppressCallbackRegistrationExpanderJob", "true")
	}
	return h
}
