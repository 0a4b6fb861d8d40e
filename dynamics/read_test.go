package dynamics_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics"
)

func ids(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = contactID(i)
	}
	return list
}

func readColumns() []dynamics.Column {
	return []dynamics.Column{
		{LogicalName: "acme_vipstatus", Type: dynamics.TypeString},
		{LogicalName: "creditlimit", Type: dynamics.TypeMoney, Precision: 2},
		{LogicalName: "parentcustomerid", Type: dynamics.TypeLookup},
		{LogicalName: "donotemail", Type: dynamics.TypeBoolean},
	}
}

func TestReadContactsInLists(t *testing.T) {
	f := newFake(t, func(w http.ResponseWriter, r request) {
		query, err := url.ParseQuery(r.Query)
		require.NoError(t, err)
		require.Equal(t, "contactid,modifiedon,_modifiedby_value,acme_vipstatus,creditlimit,_parentcustomerid_value,donotemail", query.Get("$select"))
		require.NotContains(t, r.Query, "+")
		require.Less(t, len(r.Query), 32000)
		if !strings.Contains(query.Get("$filter"), contactID(5)) {
			reply(w, `{"value":[]}`)
			return
		}
		reply(w, `{"value":[{"@odata.etag":"W/\"1\"","contactid":"00000000-0000-0000-0000-000000000005","acme_vipstatus":"realized","creditlimit":80000.0000,"_parentcustomerid_value":null,"donotemail":false,"modifiedon":"2026-01-02T03:04:05Z","_modifiedby_value":"AAAAAAAA-0000-0000-0000-000000000000"}]}`)
	})
	list := append(ids(1000), strings.ToUpper(contactID(7)))
	contacts, err := f.client().ReadContacts(t.Context(), list, readColumns(), dynamics.ReadOptions{Modified: true})
	require.NoError(t, err)
	require.Equal(t, []dynamics.Contact{{
		ID: contactID(5), Values: []*string{text("realized"), text("80000"), nil, text("false")},
		ModifiedOn: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), ModifiedBy: "aaaaaaaa-0000-0000-0000-000000000000",
	}}, contacts)
	require.Len(t, f.requests(), 4)
}

func TestReadContactsGoesInHalvesWhereAskedToo(t *testing.T) {
	f := newFake(t, func(w http.ResponseWriter, r request) {
		if strings.Count(r.Query, "00000000-") > 100 {
			refuse(w, http.StatusBadRequest, "0x8004430E", "too many")
			return
		}
		reply(w, `{"value":[]}`)
	})
	_, err := f.client().ReadContacts(t.Context(), ids(300), nil, dynamics.ReadOptions{})
	require.NoError(t, err)
	require.Len(t, f.requests(), 7)
}

func TestReadContactsRefusesWhatIsNoGUID(t *testing.T) {
	f := newFake(t, whoAmI)
	_, err := f.client().ReadContacts(t.Context(), []string{"' or 1 eq 1"}, nil, dynamics.ReadOptions{})
	require.ErrorContains(t, err, "not a GUID")
	require.Empty(t, f.requests())
}

func TestReadContactsGivesTheFirstError(t *testing.T) {
	f := newFake(t, func(w http.ResponseWriter, _ request) {
		refuse(w, http.StatusForbidden, "0x80040220", "Principal user (Id=..) is missing prvReadContact")
	})
	_, err := f.client().ReadContacts(t.Context(), ids(1000), nil, dynamics.ReadOptions{})
	requireError(t, err, dynamics.Forbidden, "0x80040220", "security role", "5fe339e5")
}

func TestScanFollowsNextLinks(t *testing.T) {
	var f *fake
	f = newFake(t, func(w http.ResponseWriter, r request) {
		require.Equal(t, "odata.maxpagesize=5000", r.Header.Get("Prefer"))
		if !strings.Contains(r.Query, "skiptoken") {
			require.Contains(t, r.Query, "$filter=acme_vipstatus%20eq%20%27O%27%27Brian%27")
			reply(w, `{"value":[{"contactid":"%s"}],"@odata.nextLink":"%s/api/data/v9.2/contacts?$select=contactid&$skiptoken=%%3Ccookie%%20a=%%221%%22/%%3E"}`, contactID(1), f.URL)
			return
		}
		require.Contains(t, r.Query, "%3Ccookie%20a=%221%22/%3E")
		reply(w, `{"value":[{"contactid":"%s"}]}`, contactID(2))
	})
	var got []string
	err := f.client().ScanContacts(t.Context(), readColumns()[0].Equals("O'Brian"), nil, func(page []dynamics.Contact) error {
		got = append(got, page[0].ID)
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, []string{contactID(1), contactID(2)}, got)
	stop := errors.New("enough")
	require.ErrorIs(t, f.client().ScanContacts(t.Context(), readColumns()[0].Equals("O'Brian"), nil, func([]dynamics.Contact) error { return stop }), stop)
}

func TestNextLinksElsewhereAreRefused(t *testing.T) {
	elsewhere := newFake(t, whoAmI)
	for _, link := range []string{
		elsewhere.URL + apiPath + "contacts?$skiptoken=1", "https://evil.example/api/data/v9.2/contacts", "//evil.example/api/data/v9.2/contacts",
		"http://user@SELF/api/data/v9.2/contacts", "https://SELF/api/data/v9.2/contacts", "http://SELF/elsewhere/contacts", "http://SELF/api/data/v9.2/../../x", "::", "/api/data/v9.2/contacts?$skiptoken=1",
	} {
		var f *fake
		f = newFake(t, func(w http.ResponseWriter, _ request) {
			reply(w, `{"value":[],"@odata.nextLink":%q}`, strings.Replace(link, "SELF", f.Listener.Addr().String(), 1))
		})
		err := f.client().ScanContacts(t.Context(), "", nil, func([]dynamics.Contact) error { return nil })
		requireError(t, err, dynamics.Misconfigured, "another host")
		require.Len(t, f.requests(), 1)
	}
	require.Empty(t, elsewhere.requests())
}

func TestCountFallsBackToPages(t *testing.T) {
	limited := false
	f := newFake(t, func(w http.ResponseWriter, r request) {
		switch {
		case !strings.Contains(r.Query, "$apply"):
			reply(w, `{"value":[{"contactid":"%s"},{"contactid":"%s"}]}`, contactID(1), contactID(2))
		case limited:
			refuse(w, http.StatusBadRequest, "0x8004E023", "AggregateQueryRecordLimit exceeded. Cannot perform this operation.")
		default:
			reply(w, `{"value":[{"n":41}]}`)
		}
	})
	n, err := f.client().CountContacts(t.Context(), readColumns()[0], "realized")
	require.NoError(t, err)
	require.EqualValues(t, 41, n)
	limited = true
	n, err = f.client().CountContacts(t.Context(), readColumns()[0], "realized")
	require.NoError(t, err)
	require.EqualValues(t, 2, n)
}

func TestReadIsTriedAgainByItsCallerWhenTheAnswerIsCut(t *testing.T) {
	f := newFake(t, func(w http.ResponseWriter, _ request) {
		w.Header().Set("Content-Length", "1000")
		reply(w, `{"value":[`)
	})
	_, err := f.client().ReadContacts(t.Context(), ids(1), nil, dynamics.ReadOptions{})
	require.True(t, errorOf(t, err, dynamics.Unavailable).Temporary())
}

// TestACanceledReadingIsNoFailureOfTheNetwork: whoever cancels may say why, and Temporal's SDK does.
func TestACanceledReadingIsNoFailureOfTheNetwork(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	f := newFake(t, func(http.ResponseWriter, request) { cancel(errors.New("the activity was reset")) })
	_, err := f.client().ReadContacts(ctx, []string{"00000000-0000-0000-0000-000000000001"}, nil, dynamics.ReadOptions{})
	require.ErrorIs(t, err, context.Canceled)
	require.NotContains(t, err.Error(), "network")
}
