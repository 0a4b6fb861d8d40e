package dynamics

import (
	"context"
	"net/http"
	"slices"
	"time"
)

// maxTries is how often a part is sent as a whole before its rows are sent one by one within a
// $batch. Each refusal costs all its rows; the batch costs them once and finds every bad row.
const maxTries = 1

// isolate deals with a refused part: rows that are known to be at fault are rejected and the rest
// is sent again as a whole; where none is known, or for the second time, the rows go one by one
// within a $batch.
func (j *job) isolate(ctx context.Context, part []int, e *Error, tries int) {
	if tries >= maxTries {
		j.singles(ctx, part)
		return
	}
	bad := j.atFault(ctx, part, e)
	if len(bad) == 0 {
		j.singles(ctx, part)
		return
	}
	rest := make([]int, 0, len(part))
	for _, i := range part {
		if bad[i] {
			j.reject(i, e.about(j.rows[i].id))
		} else {
			rest = append(rest, i)
		}
	}
	j.process(ctx, rest, tries+1)
}

// about gives the error as it is for a contact that was found missing after the text had named
// another.
func (e *Error) about(id string) *Error {
	if e.Code != codeDoesNotExist || !namesOthersOnly(e.Message, id) {
		return e
	}
	own := *e
	own.Message = "The contact does not exist: it was looked for after a request with another missing contact was refused."
	return &own
}

// singles sends rows one by one, many to a $batch; each has its own transaction and its own answer.
func (j *job) singles(ctx context.Context, part []int) {
	sent := part
	for len(part) > 0 && j.stopped == nil {
		n := min(len(part), j.client.sizes.operations(j.client.cfg.RequestTimeout))
		if n == 1 || !j.client.batch.Load() {
			j.single(ctx, part[0])
			part = part[1:]
			continue
		}
		left := j.batch(ctx, part[:n])
		part = append(left, part[n:]...)
	}
	j.missingPrivilege(ctx, sent)
}

// missingPrivilege: where the role lacks the privilege, every row is refused, and no row is to
// blame. Of a row that is alone, an update of no contact at all tells whether it is the role.
func (j *job) missingPrivilege(ctx context.Context, part []int) {
	if len(part) == 0 || j.stopped != nil {
		return
	}
	for _, i := range part {
		if r := j.results[i]; r.State != RowRejected || r.Err.Class() != Forbidden {
			return
		}
	}
	if len(part) == 1 {
		if e := j.client.probeWrite(ctx, `{"jobtitle":null}`); e == nil || e.Class() != Forbidden {
			return
		}
	}
	j.stopped = j.results[part[0]].Err
	for _, i := range part {
		j.results[i] = RowResult{}
	}
}

// single sends one row on its own.
func (j *job) single(ctx context.Context, i int) {
	switch fail := j.again(ctx, func() *failure { return j.patch(ctx, i) }); {
	case fail == nil:
		j.results[i].State = RowWritten
	default:
		j.bookFailure(ctx, i, fail)
	}
}

// bookFailure takes in the failure of a row that was sent on its own.
func (j *job) bookFailure(ctx context.Context, i int, fail *failure) {
	switch {
	case fail.mayPass() && j.isServed(ctx):
		e := *fail.Error
		e.action = actionReplay
		j.results[i] = RowResult{State: RowFailed, Err: &e, Alone: true}
	case fail.mayPass():
		j.giveUp([]int{i}, fail)
	case fail.isRowsFault(), fail.Class() == TooLarge:
		j.reject(i, fail.Error)
	default:
		j.giveUp([]int{i}, fail)
		if r := &j.results[i]; r.State == RowUnknown {
			r.Err, r.Alone = fail.Error, true
		}
	}
}

// mayPass is true if Dynamics said that it failed and did nothing, without its being clear that a
// row is at fault.
func (f *failure) mayPass() bool {
	return f.said && (f.Class() == ServerError || f.Class() == Deadlock || f.Code == codeSQLTimeout)
}

// servedFor is how long a reading that succeeded speaks for Dynamics.
const servedFor = 5 * time.Second

// isServed asks whether Dynamics answers a reading while an update fails: else it is not the rows'
// fault.
func (j *job) isServed(ctx context.Context) bool {
	if time.Since(j.served) < servedFor {
		return true
	}
	if _, _, err := j.client.list(ctx, probeRead, "contactid"); err != nil {
		return false
	}
	j.served = time.Now()
	return true
}

// batch sends rows as one $batch and gives back those that are to be sent again, since they were
// not reached.
func (j *job) batch(ctx context.Context, part []int) (left []int) {
	started := time.Now()
	parts, complete, fail := j.postBatch(ctx, part)
	switch {
	case fail == nil:
		j.client.sizes.learn(len(part), time.Since(started))
	case fail.Class() == TooLarge:
		j.client.sizes.fewerOperations(len(part))
		return part
	case fail.mayPass() && j.isServed(ctx):
		for _, i := range part {
			if j.stopped == nil {
				j.single(ctx, i)
			}
		}
		return nil
	case fail.StatusCode >= http.StatusBadRequest && fail.StatusCode != http.StatusUnauthorized && fail.isRowsFault(), j.unsupported(fail):
		j.client.batch.Store(false) // refused as a whole: there is no $batch here
		return part
	default:
		if fail.Class() == TimedOut {
			j.client.sizes.fewerOperations(len(part))
		}
		j.giveUp(part, fail)
		return nil
	}
	if len(parts) == 0 {
		j.client.batch.Store(false)
	}
	told := min(len(part), len(parts))
	for n, i := range part[:told] {
		j.bookPart(ctx, i, parts[n])
	}
	if complete && stopped(parts) {
		return slices.Clone(part[told:]) // not done
	}
	if told < len(part) {
		j.giveUp(part[told:], &failure{Error: &Error{Op: opUpdate, Code: codeCut}, sent: true})
	}
	return nil
}

// stopped is true if a $batch ended at an error, so that what follows was not done.
func stopped(parts []batchPart) bool {
	return len(parts) > 0 && parts[len(parts)-1].status >= http.StatusBadRequest
}

// bookPart takes in the answer to one row of a $batch.
func (j *job) bookPart(ctx context.Context, i int, p batchPart) {
	ask := call{op: opUpdate, write: true, want: written()}
	ask.want.entity = j.rows[i].entity()
	e := j.client.judge(ask, &response{status: p.status, header: p.header, body: p.body})
	if p.saysMissing() {
		e = &Error{Op: opUpdate, StatusCode: p.status, Code: codeDoesNotExist, RequestID: requestID(p.header), said: true}
	}
	if e == nil {
		j.results[i].State = RowWritten
		return
	}
	fail := &failure{Error: e, sent: true}
	switch {
	case fail.Class() == Deadlock:
		j.single(ctx, i) // on its own it tries a few times
	default:
		j.bookFailure(ctx, i, fail)
	}
}
