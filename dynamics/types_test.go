package dynamics_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics"
	"audienceflow/dynamics/simulator"
)

// typesWritten has, for each type of column, one of the simulator's and values in every way that
// the type allows, in their canonical form.
var typesWritten = map[dynamics.Type]struct {
	column string
	values []string
}{
	dynamics.TypeString:   {"text:string:100", []string{"Zoë", " a ", "in\r\n", `"quoted" <b>`}},
	dynamics.TypeMemo:     {"notes:memo", []string{"one\ntwo", "日本"}},
	dynamics.TypeInteger:  {"whole:int", []string{"0", "-2147483648", "2147483647"}},
	dynamics.TypeBigInt:   {"big:bigint", []string{"0", "9007199254740993", "9223372036854775807", "-9223372036854775808", "-9223372036854775807", "-9223372036854775806"}},
	dynamics.TypeDecimal:  {"share:decimal", []string{"0", "-0.01", "99999999.99"}},
	dynamics.TypeMoney:    {"worth:money", []string{"0", "1234567.89", "-0.5"}},
	dynamics.TypeDouble:   {"measure:double", []string{"0", "-0.01", "12345.67"}},
	dynamics.TypeBoolean:  {"agreed:bool", []string{"true", "false"}},
	dynamics.TypeDate:     {"born:date", []string{"1980-02-29", "1753-01-01", "9999-12-30"}},
	dynamics.TypeDateTime: {"seen:datetime", []string{"2026-03-01T12:30:59Z", "1753-01-01T00:00:00Z"}},
	dynamics.TypeChoice:   {"grade:choice", []string{"100000000", "100000002"}},
	dynamics.TypeChoices:  {"likes:choices", []string{"100000001", "100000000,100000002"}},
	dynamics.TypeLookup:   {"parentcustomerid_account", nil}, // a value has to name a row: see TestUpdateSendsEveryTypeInItsOwnForm
}

// notTargets are types that no column may have that is written, with the reason.
var notTargets = map[dynamics.Type]string{
	dynamics.TypeGUID:  "ids of rows and of what an environment keeps itself",
	dynamics.TypeOther: "all that is not known",
}

// TestEveryTypeGoesTheWholeWay: values of every type that column.go has are resolved, written, read
// back and cleared, against the simulator.
func TestEveryTypeGoesTheWholeWay(t *testing.T) {
	types := declaredTypes(t)
	require.Greater(t, len(types), 10)
	for _, kind := range types {
		written, isTarget := typesWritten[kind]
		require.NotEqual(t, isTarget, notTargets[kind] != "", "%s needs a column and values, or a reason why it has none", kind)
		if !isTarget || written.values == nil {
			continue
		}
		t.Run(string(kind), func(t *testing.T) {
			name, _, _ := strings.Cut(written.column, ":")
			_, c, ids := environmentOf(t, simulator.Options{Contacts: len(written.values) + 1, Columns: []string{written.column}})
			r, err := c.Preflight(t.Context(), dynamics.PreflightInput{MappingID: "VipStatus", Words: []string{"realized", "exited"}, Targets: []string{"acme_" + name}})
			require.NoError(t, err)
			require.True(t, r.OK(), r.Steps)
			column := r.Columns[0]
			require.Equal(t, kind, column.Type)
			var rows []dynamics.Update
			for n, value := range written.values {
				canonical, err := column.Canonical(value)
				require.NoError(t, err)
				require.Equal(t, value, canonical)
				rows = append(rows, dynamics.Update{ContactID: ids[n], Values: []dynamics.Assignment{{Column: &column, Value: &canonical}}})
			}
			writeRows(t, c, rows)
			require.Equal(t, written.values, columnOf(t, c, column, ids[:len(rows)]))
			for n := range rows {
				rows[n].Values[0].Value = nil
			}
			writeRows(t, c, rows)
			for n, value := range columnOf(t, c, column, ids[:len(rows)]) {
				require.Equal(t, "null", value, written.values[n])
			}
		})
	}
}

func writeRows(t *testing.T, c *dynamics.Client, rows []dynamics.Update) {
	t.Helper()
	results, err := c.Update(t.Context(), rows)
	require.NoError(t, err)
	for n, result := range results {
		require.Equal(t, dynamics.RowWritten, result.State, "row %d: %v", n, result.Err)
	}
}

// columnOf reads a column of contacts, with null for no value.
func columnOf(t *testing.T, c *dynamics.Client, column dynamics.Column, ids []string) (values []string) {
	t.Helper()
	found, err := c.ReadContacts(t.Context(), ids, []dynamics.Column{column}, dynamics.ReadOptions{})
	require.NoError(t, err)
	held := map[string]string{}
	for _, contact := range found {
		held[contact.ID] = "null"
		if v := contact.Values[0]; v != nil {
			held[contact.ID] = *v
		}
	}
	for _, id := range ids {
		values = append(values, held[id])
	}
	return values
}

// declaredTypes are the values of the constants of type Type in column.go.
func declaredTypes(t *testing.T) (types []dynamics.Type) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "column.go", nil, 0)
	require.NoError(t, err)
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 || fmt.Sprint(spec.Type) != "Type" {
			return true
		}
		text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		require.NoError(t, err)
		types = append(types, dynamics.Type(text))
		return false
	})
	return types
}
