package simulator

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func FuzzFetch(f *testing.F) {
	const from, to = `<fetch count="2" page="2"><entity name="contact">`, `</entity></fetch>`
	for _, seed := range []string{
		`<attribute name="fullname"/><filter type="or"><condition attribute="firstname" operator="like" value="%a%"/></filter><order attribute="createdon" descending="true"/>`,
		`<filter><condition attribute="numberofchildren" operator="between"><value>1</value></condition></filter>`,
		`<filter><condition attribute="donotemail" operator="eq" value="1"/><filter><condition attribute="gendercode" operator="in"><value>x</value></condition></filter></filter>`,
		`<filter><condition attribute="firstname" operator="like" value="%"/></filter>`, `<all-attributes/>`, `<filter/>`, `<link-entity/>`, `&`, ``,
	} {
		f.Add(from + seed + to)
	}
	f.Add(`<fetch page="9223372036854775807" count="5000"><entity name="contact"/></fetch>`)
	f.Add(`<fetch page="-1" top="-3"><entity name="contact"/></fetch>`)
	contacts := fuzzTable()
	f.Fuzz(func(t *testing.T, text string) {
		_, rows, more, err := (&odataQuery{table: contacts}).fetched(text)
		if err != nil {
			require.Contains(t, []int{400, 501}, err.status)
			return
		}
		require.LessOrEqual(t, len(rows), contacts.count())
		require.False(t, more && len(rows) == 0)
	})
}
