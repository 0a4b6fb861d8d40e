package dynamics_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics"
)

func bound(n float64) *float64 { return &n }

func columns() map[string]dynamics.Column {
	return map[string]dynamics.Column{
		"string":   {LogicalName: "c", Type: dynamics.TypeString, MaxLength: 4},
		"memo":     {LogicalName: "c", Type: dynamics.TypeMemo},
		"integer":  {LogicalName: "c", Type: dynamics.TypeInteger, Min: bound(0), Max: bound(100)},
		"anyint":   {LogicalName: "c", Type: dynamics.TypeInteger},
		"bigint":   {LogicalName: "c", Type: dynamics.TypeBigInt},
		"decimal":  {LogicalName: "c", Type: dynamics.TypeDecimal, Precision: 2, Min: bound(-100), Max: bound(100)},
		"money":    {LogicalName: "c", Type: dynamics.TypeMoney, Precision: 4},
		"double":   {LogicalName: "c", Type: dynamics.TypeDouble, Precision: 3},
		"boolean":  {LogicalName: "c", Type: dynamics.TypeBoolean, Options: []dynamics.Option{{Value: 1, Labels: []string{"Do Not Allow"}}, {Value: 0, Labels: []string{"Allow"}}}},
		"date":     {LogicalName: "c", Type: dynamics.TypeDate},
		"datetime": {LogicalName: "c", Type: dynamics.TypeDateTime},
		"choice":   {LogicalName: "c", Type: dynamics.TypeChoice, Options: []dynamics.Option{{Value: 1, Labels: []string{"Any", "Beliebig"}}, {Value: 2, Labels: []string{"Email"}}, {Value: 3, Labels: []string{"Twin"}}, {Value: 4, Labels: []string{"Twin"}}}},
		"choices":  {LogicalName: "c", Type: dynamics.TypeChoices, Options: []dynamics.Option{{Value: 1, Labels: []string{"Any"}}, {Value: 20, Labels: []string{"Email"}}}},
		"lookup":   {LogicalName: "c", Type: dynamics.TypeLookup},
	}
}

func TestCanonical(t *testing.T) {
	tried := map[dynamics.Type]bool{}
	for _, tc := range []struct{ kind, text, want string }{
		{"string", "abcd", "abcd"}, {"string", " a ", " a "}, {"string", "a\t\r\n", "a\t\r\n"}, {"string", "\U0001F600\U0001F600", "\U0001F600\U0001F600"},
		{"memo", "a\nb", "a\nb"},
		{"integer", "007", "7"}, {"integer", "7.0", "7"}, {"integer", "1e2", "100"}, {"anyint", "-2147483648", "-2147483648"},
		{"bigint", "-9223372036854775808", "-9223372036854775808"}, {"bigint", "+9223372036854775807.0", "9223372036854775807"},
		{"decimal", "1.005", "1.01"}, {"decimal", "-1.005", "-1.01"}, {"decimal", "3.10", "3.1"}, {"decimal", "-0.001", "0"}, {"decimal", "100.004", "100"},
		{"money", "80000.0", "80000"}, {"money", "1.23456", "1.2346"}, {"double", "0.1234", "0.123"},
		{"boolean", "TRUE", "true"}, {"boolean", "0", "false"}, {"boolean", "do not allow", "true"},
		{"date", "2021-03-10", "2021-03-10"}, {"date", "2021-03-10T23:30:00-08:00", "2021-03-10"}, {"date", "2021-03-10 10:03:08", "2021-03-10"},
		{"datetime", "2021-03-10T23:30:00.999-08:00", "2021-03-11T07:30:00Z"}, {"datetime", "2021-03-10T10:00:00+0000", "2021-03-10T10:00:00Z"}, {"datetime", "2021-03-10", "2021-03-10T00:00:00Z"},
		{"choice", "2", "2"}, {"choice", "beliebig", "1"}, {"choices", "Email;1", "1,20"}, {"choices", "20,1,1", "1,20"},
		{"lookup", "{0928BCB4-BB27-ED11-9DB1-002248274ADA}", "0928bcb4-bb27-ed11-9db1-002248274ada"},
	} {
		column := columns()[tc.kind]
		tried[column.Type] = true
		got, err := column.Canonical(tc.text)
		require.NoError(t, err, "%s %q", tc.kind, tc.text)
		require.Equal(t, tc.want, got, "%s %q", tc.kind, tc.text)
		again, err := column.Canonical(got)
		require.NoError(t, err)
		require.Equal(t, got, again, "idempotent")
	}
	for _, kind := range declaredTypes(t) {
		require.True(t, tried[kind] || notTargets[kind] != "", "no value of type %s", kind)
	}
}

func TestValuesThatDoNotFit(t *testing.T) {
	for _, tc := range []struct{ kind, text, reason string }{
		{"string", "", "empty"}, {"string", "abcde", "longer than 4"}, {"string", "\U0001F600\U0001F600x", "longer than 4"}, {"string", "a\x01", "control character"}, {"string", "\xff", "UTF-8"},
		{"integer", "x1", "not a number"}, {"integer", "1.5", "whole"}, {"integer", "101", "more than 100"}, {"integer", "-1", "less than 0"}, {"anyint", "2147483648", "type can hold"},
		{"bigint", "9223372036854775808", "type can hold"},
		{"decimal", "NaN", "not a number"}, {"decimal", "0x10", "not a number"}, {"decimal", "1/3", "not a number"}, {"decimal", "1e999999999", "not a number"}, {"decimal", "100.005", "more than 100"}, {"decimal", strings.Repeat("1", 65), "not a number"},
		{"boolean", "maybe", "neither"}, {"date", "10.3.2021", "not a date"}, {"date", "2021-02-30", "not a date"}, {"date", "0001-01-01", "before 1753"}, {"date", "2021-03-10Xyz", "not a date"},
		{"datetime", "1752-12-31T23:59:59Z", "1753"}, {"datetime", "soon", "not a date"},
		{"choice", "5", "no option"}, {"choice", "Twin", "no option"}, {"choices", "", "no option"}, {"choices", "1,7", "no option"},
		{"lookup", "42", "not a GUID"},
	} {
		_, err := columns()[tc.kind].Canonical(tc.text)
		var value *dynamics.ValueError
		require.ErrorAs(t, err, &value, "%s %q", tc.kind, tc.text)
		require.Contains(t, value.Reason, tc.reason, "%s %q", tc.kind, tc.text)
		require.Equal(t, "c", value.Column)
		if len(tc.text) > 5 {
			require.NotContains(t, err.Error(), tc.text)
		}
	}
}

func FuzzCanonicalIsIdempotent(f *testing.F) {
	for kind := range columns() {
		f.Add(kind, "1.5")
		f.Add(kind, "2021-03-10T10:00:00Z")
	}
	f.Fuzz(func(t *testing.T, kind, text string) {
		column, ok := columns()[kind]
		if !ok {
			return
		}
		once, err := column.Canonical(text)
		if err != nil {
			return
		}
		twice, err := column.Canonical(once)
		require.NoError(t, err)
		require.Equal(t, once, twice)
	})
}
