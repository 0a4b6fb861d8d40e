package activation_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/audience/activation"
)

// TestAFunctionIsNoField refuses functions in each key that names a field, unless a column may have
// such a name.
func TestAFunctionIsNoField(t *testing.T) {
	const file = "destination: d\naudience: a\nmappingId: m\nsource:\n  %s\n"
	for _, c := range []struct{ text, key string }{
		{"url: a.ndjson\nmapping: [{source: upper(person.name.firstName), target: FirstName}]", "mapping.source"},
		{"url: a\nmapping: [{source: 'concat(a, b)', target: FirstName}]", "mapping.source"},
		{"url: a.ndjson\n  format: aep-json\nmapping: [{source: now(), target: FirstName}]", "mapping.source"},
		{"stream: true\nmapping: [{source: lower(a), target: FirstName}]", "mapping.source"},
		{"url: a.ndjson\n  contactId: trim(contactId)", "source.contactId"},
		{"url: a.ndjson\n  status: lower(state)", "source.status"},
		{"url: a.ndjson\n  lastQualificationTime: date(at)", "source.lastQualificationTime"},
		{"url: a.ndjson\nrequireConsent: bool(consent)", "requireConsent"},
	} {
		got := problems(t, fmt.Sprintf(file, c.text))
		require.Len(t, got, 1, c.text)
		require.Contains(t, got[0], c.key+" is a function", c.text)
	}
	for _, text := range []string{
		"url: a.csv\n  format: csv\nmapping: [{source: count(x), target: FirstName}]",
		"sql: SELECT 1\n  connection: crm\n  status: st\nmapping: [{source: max(x), target: FirstName}]",
		"url: a.csv\nmapping: [{source: Name (first), target: FirstName}]",
		"url: a.csv\nmapping: [{source: (x), target: FirstName}]",
		`url: a.ndjson` + "\n" + `mapping: [{source: 'upper\(x)', target: FirstName}]`,
	} {
		_, err := activation.Parse(fmt.Appendf(nil, file, text), "vip.yaml")
		require.NoError(t, err, text)
	}
}

// TestASourceMayBeEmptyOnPurpose reads source.allowEmpty, which audiences inherit.
func TestASourceMayBeEmptyOnPurpose(t *testing.T) {
	list, err := activation.Parse([]byte("destination: d\nsource: {url: a, allowEmpty: true}\naudiences:\n"+
		"  - {audience: a, mappingId: a}\n  - {audience: b, mappingId: b, source: {allowEmpty: false}}\n"), "vip.yaml")
	require.NoError(t, err)
	require.True(t, list[0].Source.AllowEmpty)
	require.False(t, list[1].Source.AllowEmpty)
}
