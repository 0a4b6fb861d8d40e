package simulator

import (
	"net/http"
	"strings"
)

// duplicates applies the rule that every environment starts with, contacts with the same e-mail
// address, when a request asks for it: duplicate detection is off unless
// MSCRM.SuppressDuplicateDetection says false
// (https://learn.microsoft.com/power-apps/developer/data-platform/webapi/manage-duplicate-detection-create-update).
// Of the two statuses that Microsoft's pages name, 412 is the one in the list of statuses.
func (c *call) duplicates(t *table, id guid, cells []assignment) *apiError {
	if !strings.EqualFold(c.header.Get("MSCRM.SuppressDuplicateDetection"), "false") || t != c.server.db.contacts {
		return nil
	}
	email := t.byName["emailaddress1"]
	for _, a := range cells {
		if a.column != email || !a.value.set {
			continue
		}
		for other, row := range t.rows {
			if other != id && strings.EqualFold(email.stored(row).text, a.value.text) {
				return fail(http.StatusPreconditionFailed, codeDuplicate, "A record was not created or updated because a duplicate of the current record already exists.")
			}
		}
	}
	return nil
}
