package simulator_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
)

func fetched(e *environment, inside string) string {
	fetch := `<fetch><entity name="contact"><attribute name="lastname" />` + inside + `</entity></fetch>`
	var names strings.Builder
	for _, r := range e.rows("contacts?fetchXml=" + url.QueryEscape(fetch)) {
		names.WriteString(r["lastname"].(string))
	}
	return names.String()
}

func TestFetchConditions(t *testing.T) {
	e := startPeople(t)
	for condition, want := range map[string]string{
		`attribute="firstname" operator="eq" value="ZOË"`:                           "AB",
		`attribute="firstname" operator="ne" value="zoë"`:                           "CD",
		`attribute="firstname" operator="null"`:                                     "E",
		`attribute="firstname" operator="not-null"`:                                 "ABCD",
		`attribute="emailaddress1" operator="like" value="%example%"`:               "ABDE",
		`attribute="firstname" operator="like" value="s%"`:                          "D",
		`attribute="jobtitle" operator="like" value="%off"`:                         "A",
		`attribute="firstname" operator="not-like" value="zo%"`:                     "CD",
		`attribute="firstname" operator="begins-with" value="o'"`:                   "C",
		`attribute="numberofchildren" operator="ge" value="2"`:                      "ADE",
		`attribute="donotemail" operator="eq" value="1"`:                            "AD",
		`attribute="birthdate" operator="on" value="1980-05-07"`:                    "AE",
		`attribute="lastusedincampaign" operator="lt" value="2024-03-01T12:00:00Z"`: "A",
	} {
		require.Equal(t, want, fetched(e, `<filter><condition `+condition+` /></filter><order attribute="lastname" />`), condition)
	}
	require.Equal(t, "BA", fetched(e, `<filter><condition attribute="lastname" operator="in"><value>A</value><value>b</value></condition></filter><order attribute="lastname" descending="true" />`))
	require.Equal(t, "DE", fetched(e, `<filter type="or"><condition attribute="lastname" operator="between"><value>d</value><value>e</value></condition><filter><condition attribute="lastname" operator="eq" value="A" /><condition attribute="firstname" operator="null" /></filter></filter><order attribute="lastname" />`))
	require.Equal(t, "D", fetched(e, `<filter><condition attribute="contactid" operator="eq" value="{00000000-0000-4000-8000-000000000004}" /></filter>`))
}

func TestFetchPages(t *testing.T) {
	e := start(t, simulator.Options{})
	const annotations = `odata.include-annotations="Microsoft.Dynamics.CRM.*"`
	var seen []any
	for page := 1; page <= 3; page++ {
		fetch := `<fetch count="4" page="` + string(rune('0'+page)) + `" returntotalrecordcount="true"><entity name="contact"><attribute name="fullname" /></entity></fetch>`
		body := e.get("contacts?fetchXml="+url.QueryEscape(fetch), "Prefer", annotations).json(t)
		require.Equal(t, e.url+"/api/data/v9.2/$metadata#contacts(fullname)", body["@odata.context"])
		require.Equal(t, 10.0, body["@Microsoft.Dynamics.CRM.totalrecordcount"])
		require.Equal(t, page < 3, body["@Microsoft.Dynamics.CRM.morerecords"])
		require.Equal(t, page < 3, body["@Microsoft.Dynamics.CRM.fetchxmlpagingcookie"] != nil)
		for _, row := range body["value"].([]any) {
			seen = append(seen, row.(map[string]any)["contactid"])
		}
	}
	var all []any
	for _, row := range e.rows("contacts?$select=contactid") {
		all = append(all, row["contactid"])
	}
	require.Equal(t, all, seen)
	require.Len(t, e.rows(`contacts?fetchXml=`+url.QueryEscape(`<fetch top="3"><entity name="contact"><all-attributes /></entity></fetch>`)), 3)
}

func TestFetchRefuses(t *testing.T) {
	e := start(t, simulator.Options{})
	for fetch, status := range map[string]int{
		`<fetch/>`: http.StatusBadRequest, `<fetch>`: http.StatusBadRequest, `<fetch><entity name="account"/></fetch>`: http.StatusBadRequest,
		`<fetch><entity name="contact"><attribute name="nope"/></entity></fetch>`:                                                             http.StatusBadRequest,
		`<fetch><entity name="contact"><filter><condition attribute="numberofchildren" operator="eq" value="x"/></filter></entity></fetch>`:   http.StatusBadRequest,
		`<fetch aggregate="true"><entity name="contact"/></fetch>`:                                                                            http.StatusNotImplemented,
		`<fetch><entity name="contact"><link-entity name="account"/></entity></fetch>`:                                                        http.StatusNotImplemented,
		`<fetch><entity name="contact"><filter><condition attribute="createdon" operator="last-x-days" value="3"/></filter></entity></fetch>`: http.StatusNotImplemented,
		`<fetch><entity name="contact"><filter><condition attribute="firstname" operator="like" value="a%b"/></filter></entity></fetch>`:      http.StatusNotImplemented,
	} {
		require.Equal(t, status, e.get("contacts?fetchXml="+url.QueryEscape(fetch)).status, fetch)
	}
}
