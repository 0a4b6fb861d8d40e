package command

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEveryReasonIsExplained: one without a text of its own would be told as a refusal of Dynamics.
func TestEveryReasonIsExplained(t *testing.T) {
	for _, path := range []string{"../../audience/record.go", "../../runs/words.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		require.NoError(t, err)
		found := 0
		ast.Inspect(file, func(n ast.Node) bool {
			constant, ok := n.(*ast.ValueSpec)
			if !ok || !strings.HasPrefix(constant.Names[0].Name, "Reason") || len(constant.Values) != 1 {
				return true
			}
			reason, err := strconv.Unquote(constant.Values[0].(*ast.BasicLit).Value)
			require.NoError(t, err)
			why := sourceReasons[reason]
			require.True(t, why.Cause != "" && why.Owner != "" && why.Action != "", reason)
			found++
			return true
		})
		require.Positive(t, found, path)
	}
}
