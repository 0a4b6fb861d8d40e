package simulator_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
)

// people are contacts whose last names tell them apart in the tests of filters.
const people = `contactid,firstname,lastname,emailaddress1,birthdate,numberofchildren,donotemail,creditlimit,gendercode,lastusedincampaign,jobtitle
00000000-0000-4000-8000-000000000001,Zoë,A,a@example.com,1980-05-07,2,true,1000.50,2,2024-03-01T10:00:00Z,50% off
00000000-0000-4000-8000-000000000002,zoë,B,B@EXAMPLE.COM,1990-01-01,0,false,250,1,2024-03-02T00:00:00Z,50 offers
00000000-0000-4000-8000-000000000003,O'Brian,C,,,,,,,,a_b
00000000-0000-4000-8000-000000000004,Søren & Co,D,c+d@example.com,2000-12-31,5,true,99999.99,,,axb
00000000-0000-4000-8000-000000000005,,E,e@example.com,1980-05-07,2,false,,2,2024-03-01T23:59:59Z,E
`

func startPeople(t *testing.T) *environment {
	path := filepath.Join(t.TempDir(), "people.csv")
	require.NoError(t, os.WriteFile(path, []byte(people), 0o600))
	return start(t, simulator.Options{ContactsFrom: path})
}

// lastNames joins the last names of the rows that a filter leaves.
func (e *environment) lastNames(filter string, options ...string) string {
	target := "contacts?$select=lastname&$filter=" + url.QueryEscape(filter)
	for _, option := range options {
		target += "&" + option
	}
	var names strings.Builder
	for _, r := range e.rows(target) {
		names.WriteString(fmt.Sprint(r["lastname"]))
	}
	return names.String()
}

func TestFilters(t *testing.T) {
	e := startPeople(t)
	for filter, want := range map[string]string{
		"firstname eq 'ZOË'":                                  "AB", // without case
		"firstname ne 'zoë'":                                  "CD", // null is neither equal nor unequal
		"not (firstname eq 'zoë')":                            "CD",
		"firstname eq null":                                   "E",
		"firstname ne null":                                   "ABCD",
		"firstname eq 'O''Brian'":                             "C",
		"firstname eq 'Søren & Co'":                           "D",
		"emailaddress1 eq 'b@example.com'":                    "B",
		"contains(emailaddress1,'EXAMPLE')":                   "ABDE",
		"startswith(firstname,'s')":                           "D",
		"endswith(firstname,'CO')":                            "D",
		"contains(jobtitle,'50%')":                            "A", // % means itself
		"contains(jobtitle,'a_b')":                            "C", // and so does _
		"contains(firstname,'zoë') eq false":                  "CD",
		"not contains(firstname,'zoë')":                       "CD",
		"birthdate eq 1980-05-07":                             "AE",
		"birthdate gt 1980-05-07":                             "BD",
		"birthdate le 1980-05-07":                             "AE",
		"lastusedincampaign ge 2024-03-01T10:00:00Z":          "ABE",
		"lastusedincampaign lt 2024-03-01T11:00:00%2B02:00":   "",
		"numberofchildren eq 2":                               "AE",
		"numberofchildren ge 2 and numberofchildren lt 5":     "AE",
		"2 lt numberofchildren":                               "D",
		"creditlimit gt 250":                                  "AD",
		"creditlimit eq 1000.5":                               "A",
		"donotemail eq true":                                  "AD",
		"donotemail":                                          "AD",
		"gendercode eq 2 or gendercode eq 1":                  "ABE",
		"(gendercode eq 2) and (firstname ne null)":           "A",
		"jobtitle eq lastname":                                "E", // column against column
		"contactid eq 00000000-0000-4000-8000-000000000003":   "C",
		"contactid eq '00000000-0000-4000-8000-000000000003'": "C",
		"contactid gt 00000000-0000-4000-8000-000000000003":   "DE",
		"statecode eq 0":                                      "ABCDE",
		"Microsoft.Dynamics.CRM.In(PropertyName='contactid',PropertyValues=['00000000-0000-4000-8000-000000000001','00000000-0000-4000-8000-000000000005','00000000-0000-4000-8000-00000000000f'])": "AE",
		`Microsoft.Dynamics.CRM.In(PropertyName='firstname',PropertyValues=["o'brian","zoë"])`:                                                                                                      "ABC",
		"Microsoft.Dynamics.CRM.NotIn(PropertyName='lastname',PropertyValues=['A','B'])":                                                                                                            "CDE",
		"Microsoft.Dynamics.CRM.In(PropertyName='numberofchildren',PropertyValues=['0','5'])":                                                                                                       "BD",
		"Microsoft.Dynamics.CRM.Between(PropertyName='numberofchildren',PropertyValues=['1','4'])":                                                                                                  "AE",
		"Microsoft.Dynamics.CRM.On(PropertyName='lastusedincampaign',PropertyValue='2024-03-01')":                                                                                                   "AE",
		"Microsoft.Dynamics.CRM.OnOrAfter(PropertyName='birthdate',PropertyValue='1990-01-01')":                                                                                                     "BD",
		"Microsoft.Dynamics.CRM.BeginsWith(PropertyName='firstname',PropertyValue='Z') and not (lastname eq 'A')":                                                                                   "B",
		"Microsoft.Dynamics.CRM.In(PropertyName='lastname',PropertyValues=['A','B','C']) and numberofchildren eq null":                                                                              "C",
	} {
		t.Run(filter, func(t *testing.T) {
			decoded := strings.ReplaceAll(filter, "%2B", "+")
			require.Equal(t, want, e.lastNames(decoded))
		})
	}
}

func TestFilterAliases(t *testing.T) {
	e := startPeople(t)
	require.Equal(t, "AB", e.lastNames("firstname eq @name", "@name="+url.QueryEscape("'Zoë'")))
	require.Equal(t, "BC", e.lastNames("Microsoft.Dynamics.CRM.In(PropertyName=@p1,PropertyValues=@p2)", "@p1='lastname'", `@p2=["B","C"]`))
}

func TestFilterRefusals(t *testing.T) {
	e := startPeople(t)
	for _, filter := range []string{
		"firstname", "firstname eq", "firstname eq 5", "birthdate eq '1980-05-07'", "numberofchildren eq 'x'", "nope eq 1",
		"contains(birthdate,'1')", "foo(firstname,'x')", "(firstname eq 'x'", "firstname eq 'x", "firstname in ('a')",
		"firstname eq @missing", strings.Repeat("not ", 200) + "donotemail", "Microsoft.Dynamics.CRM.In(PropertyName='nope',PropertyValues=['1'])",
	} {
		require.Equal(t, http.StatusBadRequest, e.get("contacts?$filter="+url.QueryEscape(filter)).status, filter)
	}
}

// Clients write one and the same query in many ways.
func TestQuerySpellings(t *testing.T) {
	e := startPeople(t)
	for _, query := range []string{
		"$select=lastname&$filter=firstname%20eq%20'O''Brian'",
		"%24select=lastname&%24filter=firstname+eq+%27O%27%27Brian%27",
		"$filter=firstname eq 'O''Brian'&$select=lastname",
		"$select=lastname&$filter=endswith%28firstname%2C%27brian%27%29",
	} {
		rows := e.rows("contacts?" + query)
		require.Len(t, rows, 1, query)
		require.Equal(t, "C", rows[0]["lastname"])
	}
}

func TestOrderTopCount(t *testing.T) {
	e := startPeople(t)
	a := e.get("contacts?$select=lastname&$orderby=birthdate desc,lastname desc&$top=3&$count=true")
	require.NotContains(t, a.body, "nextLink")
	require.Equal(t, 5.0, a.json(t)["@odata.count"])
	require.Len(t, a.json(t)["value"], 3)
	require.Regexp(t, `"D".*"B".*"E"`, a.body)
	require.Regexp(t, `"C".*"E".*"A"`, e.get("contacts?$select=lastname&$orderby=birthdate,lastname desc&$top=3").body)
	count := e.get("contacts/$count?$filter=firstname ne null")
	require.Equal(t, "4", count.body)
	require.Equal(t, "text/plain", count.header.Get("Content-Type"))
	require.Equal(t, http.StatusBadRequest, e.get("contacts?$top=x").status)
	require.Equal(t, http.StatusBadRequest, e.get("contacts?$orderby=lastname up").status)
}

func TestCountAnnotations(t *testing.T) {
	e := start(t, simulator.Options{Contacts: 5001})
	const prefer = `odata.include-annotations="Microsoft.Dynamics.CRM.totalrecordcount,Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"`
	body := e.get("contacts?$select=contactid&$count=true", "Prefer", prefer, "Prefer", "odata.maxpagesize=1").json(t)
	require.Equal(t, 5000.0, body["@odata.count"])
	require.Equal(t, 5000.0, body["@Microsoft.Dynamics.CRM.totalrecordcount"])
	require.Equal(t, true, body["@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"])
	require.Len(t, body["value"], 1, "Prefer may come in several lines")
	body = e.get("contacts?$select=contactid&$top=1", "Prefer", prefer).json(t)
	require.Equal(t, -1.0, body["@Microsoft.Dynamics.CRM.totalrecordcount"])
	require.Equal(t, "5000", e.get("contacts/$count").body)
}
