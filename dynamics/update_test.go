package dynamics_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

	"audienceflow/dynamics"
)

var (
	status = dynamics.Column{LogicalName: "acme_vipstatus", Type: dynamics.TypeString, MaxLength: 100}
	limit  = dynamics.Column{LogicalName: "creditlimit", Type: dynamics.TypeMoney, Precision: 2}
	lookup = dynamics.Column{LogicalName: "parentcustomerid", Type: dynamics.TypeLookup, Lookup: &dynamics.Lookup{Table: "account", EntitySet: "accounts", Navigation: "parentcustomerid_account"}}
)

func updates(n int) []dynamics.Update {
	rows := make([]dynamics.Update, n)
	for i := range rows {
		rows[i] = dynamics.Update{ContactID: contactID(i), Values: []dynamics.Assignment{{Column: &status, Value: text("realized")}}}
	}
	return rows
}

// bad gives a refusal for some rows.
func bad(rows []int, make func(id string) *refusal) func(string, gjson.Result) *refusal {
	return func(id string, _ gjson.Result) *refusal {
		for _, n := range rows {
			if id == contactID(n) {
				return make(id)
			}
		}
		return nil
	}
}

func missing(id string) *refusal {
	return &refusal{404, "0x80040217", "Contact With Ids = " + id + " Do Not Exist"}
}

func plugin(string) *refusal { return &refusal{400, "0x80040265", "The VIP plug-in says no."} }

func never(string, gjson.Result) *refusal { return nil }

// requireRows checks states and that no row was written twice.
func requireRows(t *testing.T, c *contacts, results []dynamics.RowResult, badRows []int, reason string) {
	t.Helper()
	for i, r := range results {
		if slices.Contains(badRows, i) {
			require.Equal(t, dynamics.RowRejected, r.State, "row %d", i)
			require.Equal(t, reason, r.Err.Explain().Reason)
			require.Zero(t, c.written[contactID(i)])
			continue
		}
		require.Equal(t, dynamics.RowWritten, r.State, "row %d: %v", i, r.Err)
		require.Equal(t, 1, c.written[contactID(i)])
	}
}

func TestUpdateSendsEveryTypeInItsOwnForm(t *testing.T) {
	var body string
	f := newFake(t, func(w http.ResponseWriter, r request) {
		body = r.Body
		require.Equal(t, "*", r.Header.Get("If-Match"))
		require.Equal(t, http.MethodPatch, r.Method)
		w.WriteHeader(http.StatusNoContent)
	})
	account := contactID(9)
	results, err := f.client().Update(t.Context(), []dynamics.Update{{ContactID: strings.ToUpper(contactID(1)), Values: []dynamics.Assignment{
		{Column: &status, Value: text("ré\"\n<")}, {Column: &limit, Value: text("12.5")}, {Column: &lookup, Value: &account},
		{Column: &dynamics.Column{LogicalName: "donotemail", Type: dynamics.TypeBoolean}, Value: text("true")},
		{Column: &dynamics.Column{LogicalName: "birthdate", Type: dynamics.TypeDate}, Value: text("2021-03-10")},
		{Column: &dynamics.Column{LogicalName: "numberofchildren", Type: dynamics.TypeInteger}},
		{Column: &dynamics.Column{LogicalName: "acme_interests", Type: dynamics.TypeChoices}, Value: text("1,7")},
	}}})
	require.NoError(t, err)
	require.Equal(t, dynamics.RowWritten, results[0].State)
	require.JSONEq(t, `{"acme_vipstatus":"ré\"\n<","creditlimit":12.5,"parentcustomerid_account@odata.bind":"accounts(`+account+`)","donotemail":true,"birthdate":"2021-03-10","numberofchildren":null,"acme_interests":"1,7"}`, body)
}

func TestUpdateIsOneRequest(t *testing.T) {
	c := newContacts(t, never)
	results, err := c.client().Update(t.Context(), updates(500))
	require.NoError(t, err)
	requireRows(t, c, results, nil, "")
	require.Len(t, c.requests(), 1)
}

func TestUpdateChecksItsRows(t *testing.T) {
	c := newContacts(t, never)
	for _, rows := range [][]dynamics.Update{{updates(1)[0], updates(1)[0]}, {{ContactID: "nobody"}}} {
		results, err := c.client().Update(t.Context(), rows)
		require.Error(t, err)
		require.Len(t, results, len(rows))
	}
	require.Empty(t, c.requests())
	rows := updates(3)
	rows[1].Values = []dynamics.Assignment{{Column: &limit, Value: text("twelve")}}
	results, err := c.client().Update(t.Context(), rows)
	require.NoError(t, err)
	requireRows(t, c, results, []int{1}, "invalid_value")
	require.Equal(t, "creditlimit", results[1].Column)
	require.NotContains(t, results[1].Err.Error(), "twelve")
}

func TestBadRowsNeverCostTheOthers(t *testing.T) {
	overlong := func(id string, values gjson.Result) *refusal {
		if len(values.Get("acme_vipstatus").String()) > 20 {
			return &refusal{400, "0x80044331", "A validation error occurred.  The length of the 'acme_vipstatus' attribute of the 'contact' entity exceeded the maximum allowed length of '20'."}
		}
		return nil
	}
	for _, badRows := range [][]int{{0}, {499}, {3, 77, 200, 201, 498}} {
		for name, tc := range map[string]struct {
			refuse   func(string, gjson.Result) *refusal
			reason   string
			requests int
			spent    int
		}{
			"plug-in":   {bad(badRows, plugin), "plugin_error", 3, 1000},
			"missing":   {bad(badRows, missing), "contact_not_found", 4, 1000},
			"over-long": {overlong, "invalid_value", 2, 1000},
		} {
			t.Run(fmt.Sprint(name, len(badRows)), func(t *testing.T) {
				c := newContacts(t, tc.refuse)
				rows := updates(500)
				for _, n := range badRows {
					rows[n].Values[0].Value = text(strings.Repeat("x", 21))
				}
				results, err := c.client().Update(t.Context(), rows)
				require.NoError(t, err)
				requireRows(t, c, results, badRows, tc.reason)
				require.LessOrEqual(t, len(c.requests()), tc.requests)
				require.LessOrEqual(t, c.spent, tc.spent)
				if name == "over-long" {
					require.Equal(t, "acme_vipstatus", results[badRows[0]].Column)
				}
			})
		}
	}
}

func TestTargetOfALookupThatDoesNotExistIsNoMissingContact(t *testing.T) {
	account := contactID(77)
	c := newContacts(t, bad([]int{1}, func(string) *refusal {
		return &refusal{404, "0x80040217", "account With Ids = " + account + " Do Not Exist"}
	}))
	rows := updates(3)
	rows[1].Values = append(rows[1].Values, dynamics.Assignment{Column: &lookup, Value: &account})
	results, err := c.client().Update(t.Context(), rows)
	require.NoError(t, err)
	requireRows(t, c, results, []int{1}, "invalid_value")
	require.Contains(t, results[1].Err.Error(), "a lookup points to a row that does not exist")
}

func TestWithoutUpdateMultipleRowsGoByBatch(t *testing.T) {
	c := newContacts(t, bad([]int{4}, missing))
	c.whole = func(r request, _ int) *refusal {
		if strings.HasSuffix(r.Path, "UpdateMultiple") {
			return &refusal{404, "0x8006088a", "Resource not found for the segment 'Microsoft.Dynamics.CRM.UpdateMultiple'."}
		}
		return nil
	}
	client := c.client()
	for range 2 {
		results, err := client.Update(t.Context(), updates(20))
		require.NoError(t, err)
		require.Equal(t, dynamics.RowRejected, results[4].State)
	}
	require.Len(t, c.requests(), 3, "it is asked for once")
}

func TestBatchesShrinkToSingleRows(t *testing.T) {
	c := newContacts(t, bad([]int{1}, plugin))
	c.whole = func(r request, rows int) *refusal {
		if r.Path == "$batch" {
			return &refusal{413, "", "too large"}
		}
		return nil
	}
	results, err := c.client().Update(t.Context(), updates(9))
	require.NoError(t, err)
	requireRows(t, c, results, []int{1}, "plugin_error")
}

func TestBatchThatStopsAtAnErrorGoesOnBehindIt(t *testing.T) {
	c := newContacts(t, bad([]int{2, 5}, plugin))
	c.stops = true
	results, err := c.client().Update(t.Context(), updates(8))
	require.NoError(t, err)
	requireRows(t, c, results, []int{2, 5}, "plugin_error")
}

func TestCutBatchAnswerLeavesTheRestUnknown(t *testing.T) {
	c := newContacts(t, bad([]int{0}, plugin))
	c.cut = 3
	results, err := c.client().Update(t.Context(), updates(6))
	requireError(t, err, dynamics.Unknown)
	for i, want := range []dynamics.RowState{dynamics.RowRejected, dynamics.RowWritten, dynamics.RowUnknown, dynamics.RowUnknown, dynamics.RowUnknown, dynamics.RowUnknown} {
		require.Equal(t, want, results[i].State, "row %d: a part without its end does not count", i)
	}
}

func TestAnswerToABatchThatCannotBeReadLeavesAllUnknown(t *testing.T) {
	c := newContacts(t, bad([]int{0}, plugin))
	c.cut = -1
	client := c.client()
	results, err := client.Update(t.Context(), updates(3))
	requireError(t, err, dynamics.Unknown)
	for _, r := range results {
		require.Equal(t, dynamics.RowUnknown, r.State)
	}
	results, err = client.Update(t.Context(), updates(3))
	require.NoError(t, err)
	require.Equal(t, dynamics.RowRejected, results[0].State)
	last := c.requests()[len(c.requests())-1]
	require.Equal(t, http.MethodPatch, last.Method, "rows go alone from then on")
}

func TestWithoutBatchRowsGoAlone(t *testing.T) {
	c := newContacts(t, bad([]int{4}, missing))
	c.whole = func(_ request, rows int) *refusal {
		if rows > 1 {
			return &refusal{501, "0x80040800", "Not supported."}
		}
		return nil
	}
	results, err := c.client().Update(t.Context(), updates(8))
	require.NoError(t, err)
	requireRows(t, c, results, []int{4}, "contact_not_found")
}

func TestRequestsShrinkAndStaySmall(t *testing.T) {
	for name, no := range map[string]*refusal{
		"SQL time-out": {500, "0x80044151", "SQL timeout expired. Sql Number: -2"},
		"413":          {413, "", "too large"},
		"message size": {400, "0x80040216", "Message size exceeded when sending context to Sandbox. Message size: 1"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newContacts(t, never)
			c.whole = func(_ request, rows int) *refusal {
				if rows > 150 {
					return no
				}
				return nil
			}
			client := c.client()
			results, err := client.Update(t.Context(), updates(500))
			require.NoError(t, err)
			requireRows(t, c, results, nil, "")
			before := len(c.requests())
			_, err = client.Update(t.Context(), updates(500))
			require.NoError(t, err)
			require.Equal(t, 4, len(c.requests())-before, "at once in parts of 125")
		})
	}
}

func TestDeadlocksAreTriedAgain(t *testing.T) {
	tries := 0
	c := newContacts(t, never)
	c.whole = func(request, int) *refusal {
		if tries++; tries < 3 {
			return &refusal{500, "0x80044150", "Generic SQL error. Sql Number: 1205"}
		}
		return nil
	}
	results, err := c.client().Update(t.Context(), updates(5))
	require.NoError(t, err)
	requireRows(t, c, results, nil, "")
}

func TestMissingPrivilegeIsNoRowsFault(t *testing.T) {
	c := newContacts(t, func(string, gjson.Result) *refusal {
		return &refusal{403, "0x80040220", "Principal user (Id=1) is missing prvWriteContact privilege"}
	})
	results, err := c.client().Update(t.Context(), updates(5))
	requireError(t, err, dynamics.Forbidden, "security role")
	for _, r := range results {
		require.Equal(t, dynamics.RowUnsent, r.State)
	}
	one := newContacts(t, bad([]int{2}, func(string) *refusal { return &refusal{403, "0x80040220", "missing prvWriteContact"} }))
	results, err = one.client().Update(t.Context(), updates(5))
	require.NoError(t, err)
	requireRows(t, one, results, []int{2}, "no_privilege")
}

func TestFailuresOfTheWholeDestinationBlameNoRow(t *testing.T) {
	for name, tc := range map[string]struct {
		no    refusal
		class dynamics.Class
		state dynamics.RowState
	}{
		"not a member": {refusal{403, "0x80072560", "The user is not a member of the organization."}, dynamics.Forbidden, dynamics.RowUnsent},
		"import":       {refusal{400, "0x80071151", "Solution import"}, dynamics.Unavailable, dynamics.RowUnsent},
		"down":         {refusal{503, "", ""}, dynamics.Unknown, dynamics.RowUnknown},
		"gateway":      {refusal{502, "", ""}, dynamics.Unknown, dynamics.RowUnknown},
		"blocked":      {refusal{403, "", ""}, dynamics.Unknown, dynamics.RowUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			c := newContacts(t, never)
			c.whole = func(request, int) *refusal { return &tc.no }
			results, err := c.client().Update(t.Context(), updates(3))
			requireError(t, err, tc.class)
			for _, r := range results {
				require.Equal(t, tc.state, r.State)
			}
			require.Len(t, c.requests(), 1)
		})
	}
}

func TestCutConnectionLeavesTheOutcomeUnknown(t *testing.T) {
	f := newFake(t, func(w http.ResponseWriter, _ request) { panic(http.ErrAbortHandler) })
	results, err := f.client().Update(t.Context(), updates(2))
	require.True(t, errorOf(t, err, dynamics.Unknown, "read back").Temporary())
	require.Equal(t, dynamics.RowUnknown, results[1].State)
	require.Len(t, f.requests(), 1, "not sent again")
}

func TestTimeOutLeavesTheOutcomeUnknownAndShrinks(t *testing.T) {
	f := newFake(t, nil)
	release := make(chan struct{})
	f.answer = func(http.ResponseWriter, request) { <-release }
	client := f.client(func(c *dynamics.Config) { c.RequestTimeout = 500 * time.Millisecond })
	results, err := client.Update(t.Context(), updates(2))
	close(release)
	requireError(t, err, dynamics.TimedOut)
	require.Equal(t, dynamics.RowUnknown, results[0].State)
}

func TestRefusedConnectionSendsNothing(t *testing.T) {
	f := newFake(t, whoAmI)
	client := f.client(func(c *dynamics.Config) { c.Environment, c.Authority = "http://127.0.0.1:1", f.URL })
	results, err := client.Update(t.Context(), updates(2))
	requireError(t, err, dynamics.Unavailable)
	require.Equal(t, dynamics.RowUnsent, results[0].State)
}

func TestCancelFinishesWhatIsSentAndBeginsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := newContacts(t, never)
	c.whole = func(request, int) *refusal { cancel(); return nil }
	results, err := c.client(func(c *dynamics.Config) { c.RequestSize = 2 }).Update(ctx, updates(4))
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, dynamics.RowWritten, results[1].State)
	require.Equal(t, dynamics.RowUnsent, results[2].State)
	require.Len(t, c.requests(), 1)
}

func TestBypassHeadersAreOffByDefault(t *testing.T) {
	c := newContacts(t, never)
	_, err := c.client().Update(t.Context(), updates(2))
	require.NoError(t, err)
	_, err = c.client(func(c *dynamics.Config) { c.Bypass = dynamics.Bypass{SyncLogic: true, AsyncLogic: true, Flows: true} }).Update(t.Context(), updates(2))
	require.NoError(t, err)
	plain, bypassed := c.requests()[0].Header, c.requests()[1].Header
	require.Empty(t, plain.Get("MSCRM.BypassBusinessLogicExecution")+plain.Get("MSCRM.SuppressCallbackRegistrationExpanderJob"))
	require.Equal(t, "CustomSync,CustomAsync", bypassed.Get("MSCRM.BypassBusinessLogicExecution"))
	require.Equal(t, "true", bypassed.Get("MSCRM.SuppressCallbackRegistrationExpanderJob"))
}

// Some services clear a lookup only where a header allows it.
func TestClearedLookupsAreAllowedFor(t *testing.T) {
	var asked []string
	f := newFake(t, func(w http.ResponseWriter, r request) {
		asked = append(asked, r.Path+" "+r.Header.Get("AutoDisassociate"))
		if r.Path == "$batch" {
			asked = append(asked, fmt.Sprint(strings.Count(r.Body, "Autodisassociate: true\r\n")))
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	c := f.client()
	clearing := func(n int) dynamics.Update {
		return dynamics.Update{ContactID: contactID(n), Values: []dynamics.Assignment{{Column: &lookup}}}
	}
	for _, rows := range [][]dynamics.Update{updates(2), {updates(1)[0], clearing(1)}, {clearing(1)}, updates(1)} {
		_, err := c.Update(t.Context(), rows)
		require.NoError(t, err)
	}
	const bulk = "contacts/Microsoft.Dynamics.CRM.UpdateMultiple "
	require.Equal(t, []string{bulk, bulk + "true", "contacts(" + contactID(1) + ") true", "contacts(" + contactID(0) + ") "}, asked)
	asked = nil
	_, err := c.UpdateApart(t.Context(), []dynamics.Update{updates(1)[0], clearing(1)})
	require.Error(t, err)
	require.Equal(t, []string{"$batch ", "1"}, asked, "the part's own")
}
