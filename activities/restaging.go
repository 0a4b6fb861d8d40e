package activities

import (
	"context"
	"fmt"

	"github.com/tidwall/gjson"

	"audienceflow/audience/files"
	"audienceflow/dynamics"
	"audienceflow/mapping"
	"audienceflow/runs"
	"audienceflow/store/ledger"
	"audienceflow/store/staging"
	"audienceflow/store/validations"
)

// restager stages rows that do not come from a source, in the order of contacts. They are derived
// from what others may change meanwhile; a repeated attempt goes on behind the last contact that is
// staged, and what is staged stays.
type restager struct {
	p        *Planning
	run      string
	settings settings
	position int64
	after    string
}

// restage stages the rows of a replay, a repair or an unmap. It can be repeated.
func (p *Planning) restage(ctx context.Context, run string, s settings) error {
	r := &restager{p: p, run: run, settings: s}
	corrections, err := p.o.readCorrections(s)
	if err != nil {
		return err
	}
	if r.position, r.after, err = p.o.Store.StagedAfter(ctx, run); err != nil {
		return err
	}
	if r.position > 0 && r.after == "" { // by an older worker, which has not said how far it came
		if err := p.o.Store.RestartStaging(ctx, run); err != nil {
			return err
		}
		r.position = 0
	}
	if err := p.o.Store.PinSource(ctx, run, corrections.Identity(string(s.Rows)+" "+s.Of), s.Now); err != nil {
		return err
	}
	switch s.Rows {
	case RowsFailed:
		err = r.replay(ctx, corrections)
	case RowsDiffering:
		err = r.repair(ctx)
	case RowsExported:
		err = r.unmap(ctx)
	default:
		err = fmt.Errorf("a run cannot stage rows of kind %q", s.Rows)
	}
	if err != nil {
		return err
	}
	return p.o.Store.FinishStaging(ctx, run)
}

// readCorrections reads a run's file of corrections, all of it before anything is staged; a run
// without one gets none. It may be written as "starter rejected" writes, in UTF-8, or as the source
// is, by the same spreadsheet.
func (o Options) readCorrections(s settings) (*mapping.Corrections, error) {
	if s.Corrections == "" {
		return mapping.NoCorrections(s.fields()), nil
	}
	read, err := o.readCorrectionsAs(s, "")
	if named := s.Activation.Source.Encoding; err != nil && named != "" {
		if again, failed := o.readCorrectionsAs(s, named); failed == nil {
			return again, nil
		}
	}
	return read, err
}

func (o Options) readCorrectionsAs(s settings, encoding string) (*mapping.Corrections, error) {
	file, err := files.OpenLocal(s.Corrections, s.Activation, o.SourceRoots)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // nothing was written to it
	return mapping.ReadCorrections(s.Corrections, file, encoding, s.fields())
}

// stage adds what became of the contacts up to and including the given one.
func (r *restager) stage(ctx context.Context, after string, rows []staging.Row, excluded []staging.Excluded) error {
	chunk := staging.Chunk{From: r.position, To: r.position + int64(len(rows)+len(excluded)), Rows: rows, Excluded: excluded, After: after}
	advance(ctx, progress{Done: chunk.To})
	if err := r.p.o.Store.Stage(ctx, r.run, chunk); err != nil {
		return err
	}
	r.position, r.after = chunk.To, after
	return nil
}

// replay stages the failed rows of a run again, with what was corrected of them. Their times stay:
// a row that was overtaken since is superseded. What was corrected is as of the replay's start.
func (r *restager) replay(ctx context.Context, c *mapping.Corrections) error {
	if r.after == "" && c.Count() > 0 {
		if err := r.eachFailed(ctx, c, func(string, []staging.Row) error { return nil }); err != nil {
			return err
		}
		if err := c.Unused(); err != nil {
			return err
		}
	}
	return r.eachFailed(ctx, c, func(after string, rows []staging.Row) error {
		return r.stage(ctx, after, rows, nil) // under the positions that they had in their own source
	})
}

// eachFailed goes through the failed rows, put right, that are still kept.
func (r *restager) eachFailed(ctx context.Context, c *mapping.Corrections, do func(after string, rows []staging.Row) error) error {
	for after := r.after; ; {
		rows, err := r.p.o.Store.FailedRows(ctx, r.settings.Of, after, stageSize)
		if err != nil || len(rows) == 0 {
			return err
		}
		after = rows[len(rows)-1].Contact
		for i := range rows {
			if err := c.Apply(&rows[i], r.settings.Now); err != nil {
				return final(ErrStore, err)
			}
		}
		if err := do(after, rows); err != nil {
			return err
		}
	}
}

// repair stages what differed in a validation, as the ledger has it now. Contacts that are gone
// leave the ledger.
func (r *restager) repair(ctx context.Context) error {
	validation, err := r.p.o.Store.Validation(ctx, r.settings.Of)
	if err != nil {
		return err
	}
	found, err := r.p.o.Store.Mismatches(ctx, r.settings.Of, allMismatches)
	if err != nil {
		return err
	}
	columns := map[string][]string{}
	var order, gone []string
	for _, m := range found {
		switch m.Kind {
		case validations.MismatchMissing:
			gone = append(gone, m.Contact)
		case validations.MismatchDiffers:
			if columns[m.Contact] == nil && m.Contact > r.after {
				order = append(order, m.Contact)
			}
			columns[m.Contact] = append(columns[m.Contact], m.Column)
		}
	}
	for len(order) > 0 {
		piece := order[:min(len(order), stageSize)]
		exported, err := r.p.o.Store.ExportedByID(ctx, validation.Destination, validation.Column, piece)
		if err != nil {
			return err
		}
		order = order[len(piece):]
		rows := make([]staging.Row, len(exported))
		for i, e := range exported {
			rows[i] = repairRow(e, columns[e.Contact], validation.Column, r.position+int64(i)+1)
		}
		if err := r.stage(ctx, piece[len(piece)-1], rows, nil); err != nil {
			return err
		}
	}
	_, err = r.p.o.Store.Unexport(ctx, validation.Destination, validation.Column, gone)
	return err
}

// allMismatches is more than any validation keeps.
const allMismatches = 1 << 30

// repairRow sends the columns of a contact that differ, as the ledger has them.
func repairRow(e ledger.Exported, columns []string, statusColumn string, position int64) staging.Row {
	row := staging.Row{
		Position: position, Contact: e.Contact, Exited: e.Exited, QualifiedAt: e.QualifiedAt, AsOf: e.AsOf, WordMode: staging.WordLeave,
	}
	differs := map[string]bool{}
	for _, column := range columns {
		differs[column] = true
	}
	if differs[statusColumn] {
		row.WordMode, row.Word = staging.WordSet, e.Word
	}
	attributes := attributesOf(nil)
	for _, value := range e.Values {
		if differs[value.Column] {
			attributes.add(value.Column, value.Value)
		}
	}
	row.Attributes = attributes.json()
	return row
}

// unmap stages what becomes of every contact that still holds the word that was written to it. A
// contact that somebody has changed since is listed and left alone.
func (r *restager) unmap(ctx context.Context) error {
	s, mode := r.settings, staging.WordSet
	if s.Policy == runs.UnmapKeep {
		mode = staging.WordLeave
	}
	for {
		exported, err := r.p.o.Store.Exported(ctx, s.Activation.Destination, s.Status.LogicalName, r.after, readSize)
		if err != nil || len(exported) == 0 {
			return err
		}
		held, err := r.held(ctx, exported)
		if err != nil {
			return err
		}
		var rows []staging.Row
		var excluded []staging.Excluded
		for _, e := range exported {
			if e.Word == nil {
				continue
			}
			position := r.position + int64(len(rows)+len(excluded)) + 1
			word, found := held[e.Contact]
			switch {
			case !found:
				excluded = append(excluded, staging.Excluded{Position: position, Contact: e.Contact, Reason: runs.ReasonNotFound})
			case !same(word, e.Word):
				excluded = append(excluded, staging.Excluded{Position: position, Contact: e.Contact, Reason: runs.ReasonChangedSince})
			default:
				rows = append(rows, staging.Row{
					Position: position, Contact: e.Contact, Exited: e.Exited, QualifiedAt: e.QualifiedAt, AsOf: e.AsOf,
					WordMode: mode, Word: s.Policy.Word(), Attributes: []byte("{}"),
				})
			}
		}
		if err := r.stage(ctx, exported[len(exported)-1].Contact, rows, excluded); err != nil {
			return err
		}
	}
}

// held reads the words that contacts hold now.
func (r *restager) held(ctx context.Context, exported []ledger.Exported) (map[string]*string, error) {
	ids := make([]string, len(exported))
	for i, e := range exported {
		ids[i] = e.Contact
	}
	contacts, err := r.p.o.readContacts(ctx, ids, []dynamics.Column{r.settings.Status}, dynamics.ReadOptions{})
	if err != nil {
		return nil, err
	}
	held := make(map[string]*string, len(contacts))
	for _, contact := range contacts {
		held[contact.ID] = contact.Values[0]
	}
	return held, nil
}

// attributes builds the JSON of a row's values.
type attributes struct{ text []byte }

func attributesOf(text []byte) *attributes { return &attributes{text: append(text, '{')} }

func (a *attributes) add(column string, value *string) {
	if len(a.text) > 1 {
		a.text = append(a.text, ',')
	}
	a.text = append(gjson.AppendJSONString(a.text, column), ':')
	if value == nil {
		a.text = append(a.text, "null"...)
		return
	}
	a.text = gjson.AppendJSONString(a.text, *value)
}

func (a *attributes) json() []byte { return append(a.text, '}') }
