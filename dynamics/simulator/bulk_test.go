package simulator_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
)

const (
	updateMultiple = "contacts/Microsoft.Dynamics.CRM.UpdateMultiple"
	createMultiple = "contacts/Microsoft.Dynamics.CRM.CreateMultiple"
	upsertMultiple = "contacts/Microsoft.Dynamics.CRM.UpsertMultiple"
)

// statuses gives the custom column of all contacts, by id.
func (e *environment) statuses() map[string]string {
	found := map[string]string{}
	lines := strings.Split(strings.TrimSpace(e.control(http.MethodGet, "contacts?select=contactid,acme_vipstatus", "").body), "\n")
	for _, line := range lines[1:] {
		id, status, _ := strings.Cut(line, ",")
		found[id] = status
	}
	return found
}

func TestUpdateMultiple(t *testing.T) {
	e := start(t, simulator.Options{})
	a := e.api(http.MethodPost, updateMultiple, targets(row(contact(0), `"acme_vipstatus":"realized"`), row(contact(1), `"acme_vipstatus":"exited","firstname":"A"`)))
	require.Equal(t, http.StatusNoContent, a.status, a.body)
	require.Empty(t, a.body)
	require.Equal(t, "realized", e.statuses()[contact(0)])
	require.Equal(t, "exited", e.statuses()[contact(1)])
	require.Equal(t, 2, e.stats().RowsWritten)
	body := strings.ReplaceAll(targets(row(contact(2), `"acme_vipstatus":null`)), `"Microsoft`, `"#Microsoft`)
	require.Equal(t, http.StatusNoContent, e.api(http.MethodPost, updateMultiple, body).status, "the type may carry a #")
}

func TestUpdateMultipleIsAllOrNothing(t *testing.T) {
	e := start(t, simulator.Options{})
	good := row(contact(0), `"acme_vipstatus":"realized"`)
	for name, c := range map[string]struct {
		body          string
		status        int
		code, message string
	}{
		"missing row":      {targets(good, row(absentID, `"acme_vipstatus":"x"`)), 404, "0x80040217", "Contact With Ids = " + absentID + " Do Not Exist"},
		"too long":         {targets(good, row(contact(1), `"acme_vipstatus":"`+strings.Repeat("x", 101)+`"`)), 400, "0x80044331", "A validation error occurred.  The length of the 'acme_vipstatus' attribute of the 'contact' entity exceeded the maximum allowed length of '100'."},
		"unknown property": {targets(good, row(contact(1), `"nope":1`)), 400, "0x0", "Does not support untyped value in non-open type."},
		"wrong type":       {targets(good, row(contact(1), `"birthdate":"2020-01-01T00:00:00Z"`)), 400, "0x80048d19", "Edm.Date"},
		"no type":          {strings.Replace(targets(good, row(contact(1), `"firstname":"x"`)), `"@odata.type":"`+entityType+`",`, "", 1), 400, "0x80048d19", "@odata.type"},
		"other table":      {strings.Replace(targets(good), "CRM.contact", "CRM.account", 1), 400, "0x80048d19", "not assignable"},
		"no id":            {targets(good, `"firstname":"x"`), 400, "0x80040203", "Entity Id must be specified"},
		"no targets":       {`{}`, 400, "0x0", "Targets"},
		"not JSON":         {targets(good)[1:], 400, "0x80048d19", "Invalid JSON"},
		"trailing text":    {targets(good) + "x", 400, "0x80048d19", "Additional text"},
		"empty":            {"", 400, "0x80048d19", "JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			e.api(http.MethodPost, updateMultiple, c.body).refused(t, c.status, c.code, c.message)
			require.Empty(t, e.statuses()[contact(0)])
		})
	}
	require.Zero(t, e.stats().RowsWritten)
	require.Equal(t, 10, e.server.Contacts(), "a missing row is never created")
}

func TestUpdateMultipleTakesTheFirstOfEqualIDs(t *testing.T) {
	e := start(t, simulator.Options{})
	a := e.api(http.MethodPost, updateMultiple, targets(row(contact(0), `"acme_vipstatus":"first"`), row(strings.ToUpper(contact(0)), `"acme_vipstatus":"second"`)))
	require.Equal(t, http.StatusNoContent, a.status)
	require.Equal(t, "first", e.statuses()[contact(0)])
	require.Equal(t, 1, e.stats().RowsWritten)
}

func TestCreateMultiple(t *testing.T) {
	e := start(t, simulator.Options{})
	a := e.api(http.MethodPost, createMultiple, targets(`"lastname":"A"`, row(absentID, `"lastname":"B"`)))
	require.Equal(t, http.StatusOK, a.status, a.body)
	body := a.json(t)
	require.Equal(t, e.url+"/api/data/v9.2/$metadata#Microsoft.Dynamics.CRM.CreateMultipleResponse", body["@odata.context"])
	require.Len(t, body["Ids"], 2)
	require.Equal(t, absentID, body["Ids"].([]any)[1])
	e.api(http.MethodPost, createMultiple, targets(`"lastname":"C"`, row(absentID, `"lastname":"D"`))).refused(t, http.StatusPreconditionFailed, "0x80040237", "already exists")
	require.Equal(t, 12, e.server.Contacts())
}

func TestUpsertMultiple(t *testing.T) {
	e := start(t, simulator.Options{Keys: []string{"emailaddress1"}})
	a := e.api(http.MethodPost, upsertMultiple, targets(
		`"@odata.id":"contacts(emailaddress1='c1@example.com')","acme_vipstatus":"known"`,
		`"@odata.id":"contacts(emailaddress1='new@example.com')","acme_vipstatus":"new"`,
		row(absentID, `"acme_vipstatus":"made"`)))
	require.Equal(t, http.StatusNoContent, a.status, a.body)
	require.Equal(t, "known", e.statuses()[contact(1)])
	require.Equal(t, "made", e.statuses()[absentID])
	require.Equal(t, "new", e.get("contacts(emailaddress1='new@example.com')").json(t)["acme_vipstatus"])
	require.Equal(t, 12, e.server.Contacts())
	a = e.api(http.MethodPost, upsertMultiple, targets(row(absentID, `"firstname":"a"`), row(absentID, `"firstname":"b"`)))
	require.Equal(t, http.StatusBadRequest, a.status, "equal keys are an error here")
}
