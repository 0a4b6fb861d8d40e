package audienceflow_test

import (
	"go/ast"
	"go/token"
	"path"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
)

// TestNamesOfWorkflowsAndActivitiesAreConstants: a name that is written twice is one that somebody
// will change once. Recorded histories, and the scripts that record them, are the exception: they
// say how things are called in what older versions wrote.
func TestNamesOfWorkflowsAndActivitiesAreConstants(t *testing.T) {
	names, all := map[string]bool{}, sources(t)
	for file, source := range all {
		for _, declared := range source.Decls {
			function, ok := declared.(*ast.FuncDecl)
			if !ok || !function.Name.IsExported() || !ofTwoWords(function.Name.Name) {
				continue
			}
			switch path.Dir(file) {
			case "workflows":
				names[function.Name.Name] = names[function.Name.Name] || function.Recv == nil && takesWorkflowContext(function)
			case "activities":
				names[function.Name.Name] = names[function.Name.Name] || function.Recv != nil && takesContextAndInput(function)
			}
		}
	}
	for _, file := range []string{"runs/workflow_types.go"} {
		require.Contains(t, all, file)
		constants := literalsOfConstants(all[file])
		require.NotEmpty(t, constants, file)
		for text := range constants {
			name, err := strconv.Unquote(text.Value)
			require.NoError(t, err)
			require.True(t, names[name], "nothing is called %s", name)
		}
	}
	for file, source := range all {
		if folder := path.Dir(file); folder == "workflows/recorded" || below(folder, "sandbox") {
			continue
		}
		constants := literalsOfConstants(source)
		ast.Inspect(source, func(n ast.Node) bool {
			if text, ok := n.(*ast.BasicLit); ok && text.Kind == token.STRING && !constants[text] {
				name, err := strconv.Unquote(text.Value)
				require.NoError(t, err)
				require.False(t, names[name], "%s has the name %q as a literal: use its constant", file, name)
			}
			return true
		})
	}
}

// ofTwoWords tells names that are nobody else's word.
func ofTwoWords(name string) bool {
	return strings.ContainsFunc(name[1:], unicode.IsUpper)
}

// takesContextAndInput tells the form of an activity.
func takesContextAndInput(function *ast.FuncDecl) bool {
	parameters := function.Type.Params.List
	if len(parameters) != 2 || function.Type.Results == nil || len(function.Type.Results.List) != 2 {
		return false
	}
	selector, ok := parameters[0].Type.(*ast.SelectorExpr)
	return ok && selector.Sel.Name == "Context"
}

// literalsOfConstants are the texts that constants of a file are declared with.
func literalsOfConstants(file *ast.File) map[*ast.BasicLit]bool {
	literals := map[*ast.BasicLit]bool{}
	for _, declared := range file.Decls {
		general, ok := declared.(*ast.GenDecl)
		if !ok || general.Tok != token.CONST {
			continue
		}
		for _, spec := range general.Specs {
			for _, value := range spec.(*ast.ValueSpec).Values {
				if text, ok := value.(*ast.BasicLit); ok {
					literals[text] = true
				}
			}
		}
	}
	return literals
}
