package command

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/store/staging"
)

// TestEveryReasonIsExplained: one without a text of its own would be told as a refusal of Dynamics.
func TestEveryReasonIsExplained(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../../runs/words.go", nil, 0)
	require.NoError(t, err)
	found := 0
	ast.Inspect(file, func(n ast.Node) bool {
		constant, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(constant.Names[0].Name, "Reason") || len(constant.Values) != 1 {
			return true
		}
		reason, err := strconv.Unquote(constant.Values[0].(*ast.BasicLit).Value)
		require.NoError(t, err)
		why := explainRow(staging.Rejected{Reason: reason})
		require.True(t, why.Cause != "" && why.Owner != "" && why.Action != "", reason)
		require.True(t, why.Reason == reason || sourceReasons[reason] == why, "%s is told as %s", reason, why.Reason)
		found++
		return true
	})
	require.Greater(t, found, 5)
}
