package workflows_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"audienceflow/workflows/recorded"
)

// unrecorded are changes that no history on the new side can be recorded of, with the reason.
var unrecorded = map[string]string{}

// TestEveryChangeIsRecorded: a change that stands behind workflow.GetVersion is met by a history
// that has its marker.
func TestEveryChangeIsRecorded(t *testing.T) {
	t.Parallel()
	holder := map[string]string{} // change -> history
	for name, h := range histories(t) {
		for mark := range recorded.MarksOf(h) {
			if change, ok := strings.CutPrefix(mark, "change "); ok {
				holder[change] = name
			}
		}
	}
	changes := changesInCode(t)
	require.NotEmpty(t, changes)
	for _, change := range changes {
		why, excepted := unrecorded[change]
		assert.True(t, !excepted || why != "", "%s needs a reason", change)
		assert.NotEqual(t, excepted, holder[change] != "",
			"%q is in the history %q: a change needs one, or a reason why there is none (not both); see sandbox/record", change, holder[change])
	}
	for change := range unrecorded {
		require.Contains(t, changes, change, "no workflow asks for this change")
	}
}

// changesInCode are the changes for which the workflows ask workflow.GetVersion; each is a constant
// of this package.
func changesInCode(t *testing.T) (changes []string) {
	t.Helper()
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	constants, asked := map[string]string{}, map[string]string{} // name -> text; name -> place
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".go") || strings.HasSuffix(file.Name(), "_test.go") {
			continue
		}
		fileSet := token.NewFileSet()
		parsed, err := parser.ParseFile(fileSet, file.Name(), nil, 0)
		require.NoError(t, err)
		ast.Inspect(parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				if len(n.Values) != 1 {
					break
				}
				if text, ok := n.Values[0].(*ast.BasicLit); ok && text.Kind == token.STRING {
					constants[n.Names[0].Name], err = strconv.Unquote(text.Value)
					require.NoError(t, err)
				}
			case *ast.CallExpr:
				if called, ok := n.Fun.(*ast.SelectorExpr); ok && called.Sel.Name == "GetVersion" {
					place := fileSet.Position(n.Pos()).String()
					name, ok := n.Args[1].(*ast.Ident)
					require.True(t, ok, "%s: the change is to be a constant", place)
					asked[name.Name] = place
				}
			}
			return true
		})
	}
	for name, place := range asked {
		require.NotEmpty(t, constants[name], "%s: %s is no constant of this package", place, name)
		changes = append(changes, constants[name])
	}
	slices.Sort(changes)
	return changes
}
