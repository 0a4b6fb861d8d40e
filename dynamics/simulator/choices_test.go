package simulator_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
)

func TestSeveralChoices(t *testing.T) {
	dir := t.TempDir()
	o := simulator.Options{Columns: []string{"acme_Interests:choices:3"}, DataDir: dir}
	e := start(t, o)
	target := "contacts(" + contact(0) + ")"
	write := func(value string) answer {
		return e.api(http.MethodPatch, target, `{"acme_interests":`+value+`}`, "If-Match", "*")
	}
	require.Equal(t, http.StatusNoContent, write(`"100000002, 100000000,100000002"`).status)
	shown := e.get(target+"?$select=acme_interests", "Prefer", `odata.include-annotations="*"`).json(t)
	require.Equal(t, "100000000,100000002", shown["acme_interests"], "in order, each once")
	require.Equal(t, "Option 1; Option 3", shown["acme_interests@OData.Community.Display.V1.FormattedValue"])
	for filter, found := range map[string]int{
		"Microsoft.Dynamics.CRM.ContainValues(PropertyName='acme_interests',PropertyValues=['100000002','100000001'])": 1,
		"Microsoft.Dynamics.CRM.ContainValues(PropertyName='acme_interests',PropertyValues=['100000001'])":             0,
		"Microsoft.Dynamics.CRM.DoesNotContainValues(PropertyName='acme_interests',PropertyValues=['100000001'])":      1,
		"acme_interests eq '100000000,100000002'": 1, "acme_interests ne null": 1,
	} {
		require.Len(t, e.rows("contacts?$select=contactid&$filter="+url.QueryEscape(filter)), found, filter)
	}
	write(`"100000000,7"`).refused(t, http.StatusBadRequest, "0x8004431a", "outside the valid range")
	write(`"x"`).refused(t, http.StatusBadRequest, "0x80048d19", "Cannot convert the literal 'x'")
	write(`100000000`).refused(t, http.StatusBadRequest, "0x80048d19", "Edm.String")

	column := e.get(attributes + "(LogicalName='acme_interests')/Microsoft.Dynamics.CRM.MultiSelectPicklistAttributeMetadata?$expand=OptionSet($select=Options,OptionSetType)").json(t)
	require.Equal(t, "Virtual", column["AttributeType"])
	require.Equal(t, map[string]any{"Value": "MultiSelectPicklistType"}, column["AttributeTypeName"])
	require.Len(t, column["OptionSet"].(map[string]any)["Options"], 3)
	require.Equal(t, "Picklist", column["OptionSet"].(map[string]any)["OptionSetType"])

	require.NoError(t, e.server.Close())
	e = start(t, o)
	require.Equal(t, "100000000,100000002", e.get(target).json(t)["acme_interests"], "kept")
	for _, nothing := range []string{`null`, `""`} {
		require.Equal(t, http.StatusNoContent, write(`"100000001"`).status)
		require.Equal(t, http.StatusNoContent, write(nothing).status)
		require.Nil(t, e.get(target).json(t)["acme_interests"])
	}
}
