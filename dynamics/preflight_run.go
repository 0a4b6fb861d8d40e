package dynamics

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/uuid"
	"github.com/tidwall/gjson"
)

// Names of the steps of a preflight. The step of a mapped column is stepColumn and its target.
const (
	stepToken    = "token"
	stepWhoAmI   = "who am I"
	stepRead     = "read contact"
	stepTable    = "columns of contact"
	stepStatus   = "status column"
	stepColumn   = "column "
	stepWrite    = "write contact"
	stepSecurity = "column security"
	stepBulk     = "UpdateMultiple"
)

const (
	opProbeRead  = "read one contact"
	opProbeWrite = "ask for the right to update contacts"
	opProbeBulk  = "ask for UpdateMultiple"
	// privilegeWrite is what updating contacts takes.
	privilegeWrite = "prvWriteContact"
)

// probeRead reads one contact, whichever: the cheapest reading that goes all the way to the
// database.
var probeRead = query{op: opProbeRead, context: contactsContext, path: "contacts?$select=contactid&$top=1", rows: 1}

// preflight is one check under way.
type preflight struct {
	client *Client
	in     PreflightInput
	result PreflightResult
	users  []*userCheck
	table  *Table
}

// Preflight checks everything that an activation needs, in named steps; nothing is written. What
// needs a person is a step that is not OK; the error is an *Error for what may pass by itself
// (Temporary), or for a ctx that ended.
func (c *Client) Preflight(ctx context.Context, in PreflightInput) (PreflightResult, error) {
	p := &preflight{client: c, in: in}
	for _, u := range c.users {
		p.users = append(p.users, &userCheck{preflight: p, user: u})
	}
	steps := []func(context.Context) error{
		p.each((*userCheck).token), p.each((*userCheck).whoAmI), p.each((*userCheck).read), p.each((*userCheck).columns),
		p.status, p.targets, p.each((*userCheck).write), p.bulk,
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return p.result, err
		}
	}
	return p.result, nil
}

// ok books a step that passed.
func (p *preflight) ok(name, detail string) {
	p.result.Steps = append(p.result.Steps, Step{Name: name, OK: true, Detail: detail})
}

// failed books a step that did not pass, or gives back an error that may pass by itself.
func (p *preflight) failed(name string, err error) error {
	var e *Error
	var column *ColumnError
	step := Step{Name: name, Detail: strings.TrimPrefix(err.Error(), name+": ")} // a column's error begins as its step is called
	switch {
	case errors.As(err, &e) && e.Temporary():
		return e
	case errors.As(err, &e):
		step.Fix = e.Explain().Action
	case errors.As(err, &column):
		step.Fix = column.Fix
	}
	p.result.Steps = append(p.result.Steps, step)
	return nil
}

// skip books a step that needs what has failed.
func (p *preflight) skip(name string) {
	p.result.Steps = append(p.result.Steps, Step{Name: name, Detail: "not checked, since an earlier step failed", Skipped: true})
}

func (p *preflight) status(context.Context) error {
	if p.in.MappingID == "" {
		return nil
	}
	if p.table == nil {
		p.skip(stepStatus)
		return nil
	}
	column, err := p.table.StatusColumn(p.client.cfg.Prefix, p.in.MappingID, p.in.Words...)
	if err != nil {
		return p.failed(stepStatus, err)
	}
	p.result.StatusColumn = &column
	p.ok(stepStatus, describe(column))
	return nil
}

func (p *preflight) targets(context.Context) error {
	complete := true
	for _, target := range p.in.Targets {
		if p.table == nil {
			p.skip(stepColumn + target)
			continue
		}
		column, err := p.table.Column(target)
		if err != nil {
			complete = false
			if err := p.failed(stepColumn+target, err); err != nil {
				return err
			}
			continue
		}
		p.result.Columns = append(p.result.Columns, column)
		p.ok(stepColumn+target, describe(column))
	}
	if !complete {
		p.result.Columns = nil
	}
	return nil
}

// describe says what a name resolved to.
func describe(c Column) string {
	text := c.LogicalName
	if c.DisplayName != "" {
		text += " (" + c.DisplayName + ")"
	}
	text += ", " + string(c.Type)
	if c.MaxLength > 0 {
		text += fmt.Sprintf(", %d characters", c.MaxLength)
	}
	return text
}

// probe updates a contact that does not exist. Nothing can come of it, so that it may be asked
// again like a reading.
func (p *preflight) probe(ctx context.Context) *Error {
	values := []string{}
	for _, c := range p.written() {
		if c.Type != TypeLookup {
			values = append(values, string(gjson.AppendJSONString(nil, c.LogicalName))+":null")
		}
	}
	if len(values) == 0 {
		values = append(values, `"jobtitle":null`)
	}
	return p.client.probeWrite(ctx, "{"+strings.Join(values, ",")+"}")
}

// probeWrite updates a contact that does not exist; nil if Dynamics takes updates: it then says
// that there is no such contact.
func (c *Client) probeWrite(ctx context.Context, body string) *Error {
	_, fail := c.do(ctx, call{
		op: opProbeWrite, method: http.MethodPatch, path: "contacts(" + uuid.NewString() + ")",
		header: http.Header{"If-Match": {"*"}}, body: []byte(body), write: true, rows: 1, want: written(),
	})
	if fail == nil || fail.StatusCode == http.StatusNotFound && fail.said && fail.Code != codeNoSegment {
		return nil
	}
	return readError(fail)
}

// TakesWrites is nil if Dynamics takes updates, which is found out without one.
func (c *Client) TakesWrites(ctx context.Context) error {
	if e := c.probeWrite(ctx, `{"jobtitle":null}`); e != nil {
		return e
	}
	return nil
}

// written lists the status column and the secured ones among the mapped columns: those that the
// probe has to name.
func (p *preflight) written() []Column {
	var columns []Column
	seen := map[string]bool{}
	if c := p.result.StatusColumn; c != nil {
		columns, seen[c.LogicalName] = append(columns, *c), true
	}
	for _, c := range p.result.Columns {
		if c.Secured && !seen[c.LogicalName] {
			columns, seen[c.LogicalName] = append(columns, c), true
		}
	}
	return columns
}

// bulk asks whether contact has UpdateMultiple; without it, the client updates by $batch.
// https://learn.microsoft.com/power-apps/developer/data-platform/bulk-operations#availability-with-standard-tables
func (p *preflight) bulk(ctx context.Context) error {
	sound := p.sound()
	if sound == nil {
		p.skip(stepBulk)
		return nil
	}
	ctx = sound.user.as(ctx)
	filter := "sdkmessageid/name eq 'UpdateMultiple' and primaryobjecttypecode eq 'contact'"
	path := "sdkmessagefilters?$select=sdkmessagefilterid&$filter=" + escape(filter)
	_, entries, err := p.client.list(ctx, query{op: opProbeBulk, context: "sdkmessagefilters", path: path})
	var e *Error
	switch {
	case errors.As(err, &e) && e.Temporary():
		return err
	case err != nil:
		p.result.UpdateMultiple = p.client.bulk.Load()
		p.ok(stepBulk, "the environment does not tell; it is tried")
	case len(entries) == 0:
		p.client.bulk.Store(false)
		p.ok(stepBulk, "not supported for contact here: $batch is used, which is slower")
	default:
		p.result.UpdateMultiple = true
		p.client.bulk.Store(true) // it may have been missing earlier
		p.ok(stepBulk, "supported")
	}
	return nil
}
