package dynamics

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"time"
)

const opUpdate = "update contacts"

// Update updates contacts and never creates one. It sends them in one UpdateMultiple (or as many as
// the size that the environment bears asks for), finds the rows at fault where one is refused, and
// writes all the others.
//
// The results are complete, in the order of rows, also when the error is not nil; it says why rows
// are RowUnsent or RowUnknown, and is an *Error, or tells that a contact comes twice in rows.
// Cancelling ctx never cuts a request that has been sent: it is finished, its rows are reported,
// and no further one is begun. Sending written rows again does no harm to their values, but fires
// the customer's logic again.
// https://learn.microsoft.com/power-apps/developer/data-platform/bulk-operations
func (c *Client) Update(ctx context.Context, rows []Update) ([]RowResult, error) {
	return c.update(rows, func(j *job, rows []int) { j.inParts(ctx, rows, 0) })
}

// UpdateApart does what Update does, with each row in a transaction of its own from the start: for
// rows that could not be written together with others.
func (c *Client) UpdateApart(ctx context.Context, rows []Update) ([]RowResult, error) {
	return c.update(rows, func(j *job, rows []int) { j.singles(ctx, rows) })
}

func (c *Client) update(rows []Update, send func(*job, []int)) ([]RowResult, error) {
	j := &job{client: c, rows: make([]row, len(rows)), results: make([]RowResult, len(rows))}
	if err := j.take(rows); err != nil {
		return j.results, err
	}
	send(j, j.sendable())
	if j.stopped != nil {
		return j.results, j.stopped
	}
	return j.results, nil
}

// row is one contact's update as it is sent.
type row struct {
	id     string
	values []Assignment
	json   []byte // its properties, without braces
}

// entity is the row's address below the API's root.
func (r row) entity() string { return "contacts(" + r.id + ")" }

// clearsLookup is true if the row takes away what a lookup points to.
func (r row) clearsLookup() bool {
	return slices.ContainsFunc(r.values, func(a Assignment) bool { return a.Value == nil && a.Column.Type == TypeLookup })
}

// job is one Update under way.
type job struct {
	client  *Client
	rows    []row
	results []RowResult
	stopped *Error // nothing more is sent
	sent    atomic.Pointer[time.Time]
	served  time.Time // when a reading last succeeded, beside failing updates
}

// take checks the rows and encodes them. A row that cannot be encoded is rejected here, and costs
// nothing.
func (j *job) take(rows []Update) error {
	seen := make(map[string]bool, len(rows))
	for i, u := range rows {
		id, ok := parseGUID(u.ContactID)
		if !ok {
			return fmt.Errorf("row %d: the contact id is not a GUID", i+1)
		}
		if seen[id] {
			return fmt.Errorf("row %d: its contact comes twice, of which Dynamics would silently ignore the second", i+1)
		}
		seen[id] = true
		j.rows[i] = row{id: id, values: u.Values}
	}
	var all []byte // of all rows, in one piece
	for i := range j.rows {
		from := len(all)
		data, err := appendValues(all, j.rows[i].values)
		if err != nil {
			e := &Error{Op: opUpdate, StatusCode: http.StatusBadRequest, Code: "0x0", Message: err.Error(), class: Rejected, err: err}
			j.results[i] = RowResult{State: RowRejected, Err: e, Column: namedColumn(err.Error(), j.rows[i].values)}
			continue
		}
		all = data
		j.rows[i].json = all[from:len(all):len(all)]
	}
	return nil
}

// sendable lists the rows that have something to send; one without values is as it should be.
func (j *job) sendable() []int {
	var todo []int
	for i := range j.rows {
		switch {
		case j.results[i].State == RowRejected:
		case len(j.rows[i].values) == 0:
			j.results[i].State = RowWritten
		default:
			todo = append(todo, i)
		}
	}
	return todo
}

// inParts writes rows in requests of the size that the environment bears.
func (j *job) inParts(ctx context.Context, rows []int, tries int) {
	for len(rows) > 0 && j.stopped == nil {
		n := min(len(rows), j.client.sizes.rows(time.Now(), j.client.cfg.RequestSize))
		j.process(ctx, rows[:n], tries)
		rows = rows[n:]
	}
}

// process writes a part: all at once, else without the rows at fault. tries counts the refusals on
// the way here.
func (j *job) process(ctx context.Context, part []int, tries int) {
	if len(part) == 0 || j.stopped != nil {
		return
	}
	if len(part) == 1 || !j.client.bulk.Load() {
		j.singles(ctx, part)
		return
	}
	fail := j.again(ctx, func() *failure { return j.multiple(ctx, part) })
	switch {
	case fail == nil:
		j.mark(part, RowWritten)
	case j.unsupported(fail):
		j.client.bulk.Store(false)
		j.singles(ctx, part)
	case fail.Code == codeSQLTimeout && !j.isServed(ctx):
		j.giveUp(part, fail)
	case fail.Class() == TooLarge:
		j.client.sizes.shrink(time.Now(), len(part))
		j.inParts(ctx, part, tries)
	case fail.isRowsFault():
		j.isolate(ctx, part, fail.Error, tries)
	case fail.mayPass() && j.isServed(ctx):
		j.singles(ctx, part)
	default:
		j.giveUp(part, fail)
	}
}

// unsupported is true if the environment has no UpdateMultiple for contact.
func (j *job) unsupported(fail *failure) bool {
	if !fail.said {
		return false
	}
	switch fail.StatusCode {
	case http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return true
	case http.StatusNotFound:
		return fail.Code == "" || fail.Code == codeNoSegment || fail.Code == codeNoSegmentOld
	}
	return false
}

// isRowsFault is true if rows of the request may be to blame, rather than the whole destination or
// the way to it.
func (f *failure) isRowsFault() bool {
	if !f.said {
		return false // no word of Dynamics in it: something on the way answered
	}
	switch f.Class() {
	case Rejected:
		return f.StatusCode != 0 && !f.outcomeUnknown()
	case NotFound:
		return f.Code == codeDoesNotExist || f.Code == "0x80060891" || missingPattern.MatchString(f.Message)
	case Forbidden:
		switch f.Code {
		case codePrivilegeDenied, codeColumnSecurity, "0x80048306", "0x80040299", "":
			return true
		}
	}
	return false
}

// outcomeUnknown is true if the request may have been done: no answer, or one that a gateway gave
// in Dynamics' place.
func (f *failure) outcomeUnknown() bool {
	if !f.sent {
		return false
	}
	switch {
	case f.StatusCode == 0, f.StatusCode == http.StatusRequestTimeout, f.Code == codeAnswer:
		return true
	}
	return f.StatusCode >= http.StatusInternalServerError && !f.said
}

// giveUp ends the job: the part's rows are unsent, or unknown if the request may have been done.
func (j *job) giveUp(part []int, fail *failure) {
	e := *fail.Error
	if fail.outcomeUnknown() {
		j.mark(part, RowUnknown)
		if sent := j.sent.Load(); sent != nil {
			for _, i := range part {
				j.results[i].Sent = *sent
			}
		}
		e.action = actionReadBack
		if e.Class() != TimedOut {
			e.class = Unknown
		} else {
			j.client.sizes.shrink(time.Now(), len(part))
		}
	} else if fail.mayPass() {
		e.class, e.action = Unavailable, actionWait
	}
	j.stopped = &e
}

func (j *job) mark(part []int, state RowState) {
	for _, i := range part {
		j.results[i].State = state
	}
}

// reject books a row as refused for what it is.
func (j *job) reject(i int, e *Error) {
	own := *e
	if own.Code == codeDoesNotExist && namesOthersOnly(own.Message, j.rows[i].id) {
		own.class = Rejected // it is the target of a lookup that does not exist
	}
	j.results[i] = RowResult{State: RowRejected, Err: &own, Column: namedColumn(own.Message, j.rows[i].values)}
}
