package dynamics

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWhatDataverseAnswersIsBelieved has the forms that Microsoft documents, and those seen of live
// environments.
func TestWhatDataverseAnswersIsBelieved(t *testing.T) {
	c, err := New(Config{
		Environment: "https://yourorg.crm4.dynamics.com", TenantID: "contoso.example", ClientID: "app",
		Secret: func() (string, error) { return "secret", nil },
	})
	require.NoError(t, err)
	const (
		api  = "https://yourorg.crm4.dynamics.com/api/data/v9.2/"
		full = "application/json; odata.metadata=minimal; odata.streaming=true"
		row  = "contacts(0928bcb4-bb27-ed11-9db1-002248274ada)"
	)
	patch := written()
	patch.entity = row
	for name, tc := range map[string]struct {
		want                  want
		kind, entity, context string
	}{
		"WhoAmI":                       {document("Microsoft.Dynamics.CRM.WhoAmIResponse"), full, "", api + "$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse"},
		"by the other host name":       {document("Microsoft.Dynamics.CRM.WhoAmIResponse"), full, "", "https://yourorg.api.crm4.dynamics.com/api/data/v9.2/$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse"},
		"with the port":                {document("contacts"), full, "", "https://yourorg.crm4.dynamics.com:443/api/data/v9.2/$metadata#contacts(fullname)"},
		"of an older version":          {document("contacts"), "application/json; odata.metadata=minimal", "", "https://yourorg.crm4.dynamics.com/api/data/v9.0/$metadata#contacts"},
		"columns, by the table's id":   {document("EntityDefinitions"), full, "", api + "$metadata#EntityDefinitions(70816501-edb9-4740-a16c-6a5efbc05d84)/Attributes(MetadataId)"},
		"columns, by the table's name": {document("EntityDefinitions"), full, "", api + "$metadata#EntityDefinitions('account')/Attributes/Microsoft.Dynamics.CRM.PicklistAttributeMetadata(LogicalName)"},
		"availability of messages":     {document("sdkmessagefilters"), full, "", api + "$metadata#sdkmessagefilters(sdkmessagefilterid)"},
		"without a content type":       {document("contacts"), "", "", api + "$metadata#contacts(fullname)"},
		"UpdateMultiple":               {written(), "", "", ""},
		"PATCH":                        {patch, "", api + row, ""},
		"PATCH without the row":        {patch, "", "", ""},
		"PATCH in capitals":            {patch, "", api + "contacts(0928BCB4-BB27-ED11-9DB1-002248274ADA)", ""},
		"$batch":                       {want{status: http.StatusOK, media: mediaBatch}, "multipart/mixed; boundary=batchresponse_1", "", ""},
	} {
		a := &response{status: tc.want.status, header: http.Header{"Odata-Version": {"4.0"}}}
		if tc.kind != "" {
			a.header.Set("Content-Type", tc.kind)
		}
		if tc.entity != "" {
			a.header.Set("OData-EntityId", tc.entity)
		}
		if tc.context != "" {
			a.body = []byte(`{"@odata.context":"` + tc.context + `","value":[]}`)
		}
		require.Nil(t, c.check(call{op: "test", want: tc.want}, a), name)
	}
}
