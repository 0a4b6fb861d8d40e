package simulator_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
)

// walk follows nextLinks to the end and gives the ids and the sizes of the pages.
func (e *environment) walk(target string, size string, rewrite func(string) string) (ids []string, pages []int) {
	link := e.url + "/api/data/v9.2/" + target
	for link != "" {
		a := e.send(http.MethodGet, link, "", "Authorization", "Bearer "+e.token, "Prefer", "odata.maxpagesize="+size)
		require.Equal(e.t, http.StatusOK, a.status, a.body)
		require.Equal(e.t, "odata.maxpagesize="+size, a.header.Get("Preference-Applied"))
		body := a.json(e.t)
		rows := body["value"].([]any)
		for _, r := range rows {
			ids = append(ids, r.(map[string]any)["contactid"].(string))
		}
		pages = append(pages, len(rows))
		link, _ = body["@odata.nextLink"].(string)
		if link != "" {
			link = rewrite(link)
		}
	}
	return ids, pages
}

func verbatim(link string) string { return link }

// reencoded is what some clients make of a link: options in another order, blanks as +, everything
// encoded anew.
func reencoded(link string) string {
	address, query, _ := strings.Cut(link, "?")
	values, _ := url.ParseQuery(query)
	return address + "?" + values.Encode()
}

func TestPagingToTheEnd(t *testing.T) {
	e := start(t, simulator.Options{Contacts: 25})
	all := strings.Fields(e.control(http.MethodGet, "contacts", "").body)
	require.Len(t, all, 25)
	for name, rewrite := range map[string]func(string) string{"verbatim": verbatim, "reencoded": reencoded} {
		t.Run(name, func(t *testing.T) {
			ids, pages := e.walk("contacts?$select=firstname", "10", rewrite)
			require.Equal(t, all, ids)
			require.Equal(t, []int{10, 10, 5}, pages)
			ids, pages = e.walk("contacts?$select=firstname&$filter=lastname%20ne%20null", "5", rewrite)
			require.Equal(t, all, ids)
			require.Equal(t, []int{5, 5, 5, 5, 5}, pages, "behind a full last page there is no link")
			ids, _ = e.walk("contacts?$select=firstname&$orderby=emailaddress1%20desc", "7", rewrite)
			slices.Sort(ids)
			require.Equal(t, all, ids)
		})
	}
}

func TestNextLinkForm(t *testing.T) {
	e := start(t, simulator.Options{})
	body := e.get("contacts?$select=fullname", "Prefer", "odata.maxpagesize=2").json(t)
	first, second := strings.ToUpper(idOf(body, 0)), strings.ToUpper(idOf(body, 1))
	require.Equal(t, e.url+"/api/data/v9.2/contacts?$select=fullname&$skiptoken=%3Ccookie%20pagenumber=%222%22%20pagingcookie=%22%253ccookie%2520page%253d%25221%2522%253e%253ccontactid%2520last%253d%2522%257b"+second+"%257d%2522%2520first%253d%2522%257b"+first+"%257d%2522%2520%252f%253e%253c%252fcookie%253e%22%20istracking=%22False%22%20/%3E",
		body["@odata.nextLink"])
}

func idOf(body map[string]any, i int) string {
	return body["value"].([]any)[i].(map[string]any)["contactid"].(string)
}

func TestPageSizes(t *testing.T) {
	e := start(t, simulator.Options{Contacts: 5001})
	body := e.get("contacts?$select=contactid").json(t)
	require.Len(t, body["value"], 5000)
	require.Contains(t, body, "@odata.nextLink")
	require.Len(t, e.rows("contacts?$select=contactid", "Prefer", "odata.maxpagesize=9999"), 5000)
	require.Len(t, e.rows("contacts?$select=contactid&$top=3", "Prefer", "odata.maxpagesize=7"), 7, "beside maxpagesize $top is ignored")
}

func TestMalformedSkipToken(t *testing.T) {
	e := start(t, simulator.Options{})
	for _, token := range []string{"x", "<cookie/>", `<cookie pagenumber="2" pagingcookie="%zz"/>`, `<cookie pagenumber="0" pagingcookie="x"/>`} {
		require.Equal(t, http.StatusBadRequest, e.get("contacts?$skiptoken="+url.QueryEscape(token)).status, token)
	}
}

func TestPagingIsNoSnapshot(t *testing.T) {
	e := start(t, simulator.Options{Contacts: 6})
	all := strings.Fields(e.control(http.MethodGet, "contacts", "").body)
	body := e.get("contacts?$select=contactid", "Prefer", "odata.maxpagesize=3").json(t)
	require.Equal(t, http.StatusNoContent, e.api(http.MethodDelete, "contacts("+all[2]+")", "").status)
	next := strings.TrimPrefix(body["@odata.nextLink"].(string), e.url+"/api/data/v9.2/")
	require.Len(t, e.rows(next, "Prefer", "odata.maxpagesize=3"), 3, "rows behind a deleted one are still found")
}
