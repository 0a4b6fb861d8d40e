package simulator_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
)

func TestAggregates(t *testing.T) {
	e := startPeople(t)
	for apply, want := range map[string]string{
		"aggregate($count as n)":                                                                                 `[{"n":5}]`,
		"filter(numberofchildren eq 2)/aggregate($count as n)":                                                   `[{"n":2}]`,
		"filter(lastname eq 'nobody')/aggregate($count as n)":                                                    `[{"n":0}]`,
		"groupby((gendercode),aggregate($count as n))":                                                           `[{"gendercode":2,"n":2},{"gendercode":1,"n":1},{"n":2}]`,
		"filter(donotemail eq true)/groupby((birthdate),aggregate(creditlimit with sum as s))":                   `[{"birthdate":"1980-05-07","s":1000.5},{"birthdate":"2000-12-31","s":99999.99}]`,
		"aggregate(numberofchildren with sum as s,numberofchildren with average as a,creditlimit with max as m)": `[{"s":9,"a":2.25,"m":99999.9900}]`,
		"aggregate(numberofchildren with min as low,firstname with countdistinct as names)":                      `[{"low":0,"names":3}]`,
		"groupby((firstname))": `[{"firstname":"Zoë"},{"firstname":"O'Brian"},{"firstname":"Søren & Co"},{}]`,
	} {
		a := e.get("contacts?$apply=" + strings.ReplaceAll(apply, "&", "%26"))
		require.Equal(t, http.StatusOK, a.status, a.body)
		require.JSONEq(t, `{"@odata.context":"`+e.url+`/api/data/v9.2/$metadata#contacts","value":`+want+`}`, a.body, apply)
	}
	for _, apply := range []string{"nope", "aggregate(x)", "groupby(gendercode)", "groupby((lastusedincampaign))", "aggregate(firstname with sum as s)", "filter(lastname eq 'A')", "aggregate($count as n)/aggregate($count as m)"} {
		require.Equal(t, http.StatusBadRequest, e.get("contacts?$apply="+apply).status, apply)
	}
	e.get("contacts?$apply=groupby((gendercode),aggregate($count as lastname))&$orderby=lastname").refused(t, http.StatusBadRequest, "0x80060888", "The query node SingleValueOpenPropertyAccess is not supported")
}

func TestAggregateLimit(t *testing.T) {
	e := start(t, simulator.Options{Contacts: 50001})
	e.get("contacts?$apply=aggregate($count as n)").refused(t, http.StatusBadRequest, "0x8004E023", "AggregateQueryRecordLimit exceeded. Cannot perform this operation.")
	require.Contains(t, e.get("contacts?$apply=filter(contactid ne "+contact(0)+")/aggregate($count as n)").body, `{"n":50000}`)
}
