package staging

import (
	"context"

	"audienceflow/store/sqldb"
)

const (
	pageNumbersBetween = `SELECT page FROM staged WHERE run = ? AND last_contact >= ? AND first_contact <= ? ORDER BY last_contact`

	rejectedAmong = `SELECT contact FROM rejected WHERE run = ? AND contact IN (*)`
)

// Named gives the contacts between the first and the last of the given ones that a row of the run
// names, and those of the given ones that a rejected row names.
func Named(ctx context.Context, t *sqldb.Tx, run string, contacts []string) (map[string]bool, error) {
	named := map[string]bool{}
	var numbers []int
	if err := t.QueryEach(ctx, pageNumbersBetween, []any{run, contacts[0], contacts[len(contacts)-1]}, sqldb.Column(&numbers)); err != nil {
		return nil, err
	}
	for _, number := range numbers { // one at a time: there may be many
		p, err := ReadPage(ctx, t, run, number)
		if err != nil {
			return nil, err
		}
		for i := range p.Rows {
			named[p.Rows[i].Contact] = true
		}
	}
	var rejected []string
	if err := t.QueryList(ctx, rejectedAmong, []any{run}, contacts, sqldb.Column(&rejected)); err != nil {
		return nil, err
	}
	for _, contact := range rejected {
		named[contact] = true
	}
	return named, nil
}
