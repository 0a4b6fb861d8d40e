package activities

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"audienceflow/store"
	"audienceflow/store/numbers"
	"audienceflow/store/runlog"
	"audienceflow/store/validations"
)

// TestEveryActivityGoesThroughPerform: what Temporal calls beats, is gated and has its error
// translated in one place, and is never called by another activity, which would do all that twice.
func TestEveryActivityGoesThroughPerform(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, steps := range []any{&Connection{}, &Planning{}, &Streaming{}, &Sending{}, &Validating{}, &Records{}} {
		for i := range reflect.TypeOf(steps).NumMethod() {
			names[reflect.TypeOf(steps).Method(i).Name] = true
		}
	}
	require.NotEmpty(t, names)
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	performed := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		require.NoError(t, err)
		for _, declared := range source.Decls {
			function, ok := declared.(*ast.FuncDecl)
			if !ok {
				continue
			}
			activity := function.Recv != nil && names[function.Name.Name]
			ast.Inspect(function.Body, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				if called, ok := call.Fun.(*ast.Ident); ok && called.Name == "perform" && activity {
					performed[function.Name.Name] = true
				}
				if called, ok := call.Fun.(*ast.SelectorExpr); ok && names[called.Sel.Name] {
					owner, isField := called.X.(*ast.SelectorExpr)
					ofStore := isField && (owner.Sel.Name == "Store" || owner.Sel.Name == "Client")
					require.True(t, ofStore, "%s calls the activity %s", function.Name.Name, called.Sel.Name)
				}
				return true
			})
		}
	}
	require.Equal(t, names, performed)
}

// TestWhatIsNotInTheStoreIsLookedForAgain: an earlier attempt, which is at work still, may have
// settled it a moment ago.
func TestWhatIsNotInTheStoreIsLookedForAgain(t *testing.T) {
	t.Parallel()
	for _, missing := range []error{runlog.ErrNoRun, numbers.ErrNoBatch, validations.ErrNoValidation} {
		found, final := 0, 0
		for attempt := int32(1); attempt <= 2*looks; attempt++ {
			var app *temporal.ApplicationError
			require.ErrorAs(t, translate(lookAgain(attempt, missing)), &app)
			require.Equal(t, ErrStore, app.Type())
			if app.NonRetryable() {
				final++
			} else {
				found++
				require.Equal(t, firstLook, app.NextRetryDelay())
			}
		}
		require.Equal(t, 2, final)
		require.Equal(t, 2*(looks-1), found)
	}
	other := &store.LostAttempt{}
	require.ErrorIs(t, lookAgain(1, other), other)
}
