package staging

import (
	"os"
	"testing"

	"audienceflow/store/storetest"
)

// TestHotStatementsUseKeys: no statement on the way of the data may go through a table, or through
// more of a key than it must: with a million contacts that costs a factor of fifty.
func TestHotStatementsUseKeys(t *testing.T) {
	const (
		outcome = "o USING INDEX sqlite_autoindex_outcomes_1 (run=? AND page>?)"
		rows    = "s USING INDEX sqlite_autoindex_staged_1 (run=? AND page=?)"
	)
	allRuns := []string{"SCAN r\n", "Seq Scan on runs r"} // to erase a contact is no matter of moments
	lookedUp := []string{"using outcomes_pkey on outcomes o", "using staged_pkey on staged s", "(page = o.page)"}
	storetest.CheckPlans(t, os.DirFS("../migrations"), map[string]storetest.Plan{
		"plan": {Statement: undecidedPages,
			SQLite: []string{outcome, rows}, PostgreSQL: lookedUp},
		"unread": {Statement: unreadPages,
			SQLite: []string{"o USING INDEX sqlite_autoindex_outcomes_1 (run=? AND page>? AND page<?)", rows}, PostgreSQL: lookedUp},
		"preview": {Statement: pendingPages,
			SQLite: []string{outcome, rows}, PostgreSQL: lookedUp},
		"page": {Statement: onePage,
			SQLite: []string{"o USING INDEX sqlite_autoindex_outcomes_1 (run=? AND page=?)", rows}, PostgreSQL: lookedUp},
		"pages": {Statement: nextPages,
			SQLite: []string{outcome, rows}, PostgreSQL: lookedUp},
		"activated": {Statement: activatedPages,
			SQLite: []string{"o USING INDEX sqlite_autoindex_outcomes_1 (run=? AND page>? AND page<?)", rows}, PostgreSQL: lookedUp},
		"pages between": {Statement: storetest.Both(pageNumbersBetween),
			SQLite: []string{"staged_contacts (run=? AND last_contact>?)"}, PostgreSQL: []string{"using staged_contacts on staged"}},
		"outcomes": {Statement: storetest.Both(setOutcomes),
			SQLite: []string{"outcomes USING INDEX sqlite_autoindex_outcomes_1 (run=? AND page=?)"}, PostgreSQL: []string{"using outcomes_pkey on outcomes"}},
		"reasons": {Statement: storetest.Both(reasonsOfBatch),
			SQLite: []string{"rejected_page (run=? AND page=?)"}, PostgreSQL: []string{"Index Cond: ((run = '1'::text) AND (page = '1'::bigint))"}},
		"kept of a page": {Statement: storetest.Both(keptOfPage),
			SQLite: []string{"rejected_page (run=? AND page=?)"}, PostgreSQL: []string{"using rejected_page on rejected"}},
		"kept": {Statement: storetest.Both(keptAfter),
			SQLite: []string{"rejected_contact (run=? AND contact>?)"}, PostgreSQL: []string{"using rejected_contact on rejected"}},
		"blocks": {Statement: storetest.Both(nextBlock),
			SQLite: []string{"staged_blocks USING INDEX sqlite_autoindex_staged_blocks_1 (run=? AND segment=? AND block>?)"}, PostgreSQL: []string{"using staged_blocks_pkey on staged_blocks"}},
		"rejected of": {Statement: storetest.Both(rejectedAmong),
			SQLite: []string{"rejected_contact (run=? AND contact=?)"}, PostgreSQL: []string{"using rejected_contact on rejected"}},
		"settle position": {Statement: storetest.Both(settlePosition),
			SQLite: []string{"rejected USING PRIMARY KEY (run=? AND position=?)"}, PostgreSQL: []string{"using rejected_pkey on rejected"}},
		"decided": {Statement: storetest.Both(decidedPages),
			SQLite:     []string{"outcomes USING COVERING INDEX sqlite_autoindex_outcomes_1 (run=? AND page>? AND page<?)", "rejected_page (run=? AND page>?)"},
			PostgreSQL: []string{"outcomes_pkey on outcomes", "using rejected_page on rejected"}},
		"pages of a contact": {Statement: pagesOfContact, Scans: allRuns, SQLite: []string{"staged_contacts (run=? AND last_contact>?)"},
			PostgreSQL: []string{"using staged_contacts on staged s"}},
		"blocks of a contact": {Statement: blocksOfContact, Scans: allRuns, Sorts: true, SQLite: []string{"sqlite_autoindex_staged_blocks_1 (run=?)"},
			PostgreSQL: []string{"using staged_blocks_pkey on staged_blocks b"}},
		"rejected": {Statement: storetest.Both(selectRejected),
			SQLite: []string{"rejected USING PRIMARY KEY (run=? AND (position,contact)>(?,?))"}, PostgreSQL: []string{"using rejected_pkey on rejected"}},
	})
}
