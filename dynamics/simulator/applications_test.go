package simulator_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
)

// as signs in as another application.
func (e *environment) as(id, secret string) (*environment, answer) {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}, "scope": {e.url + "/.default"}}
	a := e.post("/"+tenant+"/oauth2/v2.0/token", form)
	other := *e
	if a.status == http.StatusOK {
		other.token = a.json(e.t)["access_token"].(string)
	}
	return &other, a
}

func TestFurtherApplicationsAreUsersOfTheirOwn(t *testing.T) {
	first := start(t, simulator.Options{Clients: []string{"second:s:2", "third:s3"}, Deny: []string{"THIRD:prvWriteContact"}})
	_, a := first.as("second", "secret")
	require.Equal(t, http.StatusUnauthorized, a.status, "the secret is another's")
	_, a = first.as("fourth", "s4")
	require.Contains(t, a.body, "AADSTS700016")
	second, _ := first.as("Second", "s:2")
	third, _ := first.as("third", "s3")
	who := func(e *environment) string { return e.get("WhoAmI").json(t)["UserId"].(string) }
	require.Equal(t, "5a3d1c8e-7b42-4f0e-9a61-0c5e2f7d8b11", who(first), "as ever")
	require.NotEqual(t, who(first), who(second))
	require.NotEqual(t, who(second), who(third))

	users := first.rows("systemusers?$select=systemuserid,applicationid")
	require.Len(t, users, 4)
	id := first.rows("contacts?$select=contactid&$top=1")[0]["contactid"].(string)
	modified := func() any {
		return first.rows("contacts?$select=contactid&$filter=_modifiedby_value eq " + who(second))
	}
	require.Empty(t, modified())
	a = second.api(http.MethodPatch, "contacts("+id+")", `{"firstname":"A"}`)
	require.Equal(t, http.StatusNoContent, a.status, a.body)
	require.Len(t, modified(), 1)
	row := first.get("contacts("+id+")?$select=_modifiedby_value", "Prefer", `odata.include-annotations="*"`).json(t)
	require.Equal(t, "Audience Activation 2", row["_modifiedby_value@OData.Community.Display.V1.FormattedValue"])

	third.api(http.MethodPatch, "contacts("+id+")", `{"firstname":"B"}`).refused(t, http.StatusForbidden, "0x80040220", who(third))
	first.api(http.MethodPatch, "contacts("+id+")", `{"firstname":"C"}`)
	require.Empty(t, modified())
}

func TestWhatIsNoFurtherApplication(t *testing.T) {
	for says, clients := range map[string][]string{
		"number 1 is not ID:SECRET": {"second"}, "number 2 is not ID:SECRET": {"second:2", ":3"}, `"CLIENT" is there twice`: {"CLIENT:x"},
	} {
		_, err := simulator.New(simulator.Options{Clients: clients})
		require.ErrorContains(t, err, says)
	}
	_, err := simulator.New(simulator.Options{Clients: strings.Split(strings.Repeat("x:y,", 101), ",")})
	require.ErrorContains(t, err, "more than 100")
}
