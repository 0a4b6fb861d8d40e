// Package audienceflow_test holds the rules that the folders of this repository keep among
// themselves.
package audienceflow_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "audienceflow/"

// mayImport says, for each folder, which other folders of the repository its packages may import. A
// folder below one of these has the rule of the nearest one above it; what the rule names includes
// the folders below, unless they have a rule of their own. A new folder at the top needs a rule.
var mayImport = map[string][]string{
	"runs":                     nil,
	"audience":                 nil,
	"audience/profile":         {"audience", "runs"},
	"audience/activation":      {"audience", "audience/profile"},
	"audience/files":           {"audience"},
	"audience/source":          {"audience", "audience/files", "audience/profile", "runs"},
	"audience/buckets":         {"audience", "audience/files"},
	"audience/parquet":         {"audience/source"},
	"backoff":                  nil,
	"connect":                  {"backoff"},
	"dynamics":                 nil,
	"dynamics/managedidentity": {"dynamics"},
	"dynamics/simulator":       nil, // no line of the client, so that a mistake of one is not a mistake of both
	"dynamics/simulator/cmd":   {"dynamics/simulator", "version"},
	"environment":              nil,
	"monitoring":               {"store/inbox"},
	"safetext":                 nil,
	"version":                  nil,
	"store":                    {"audience", "runs", "store/columns", "store/contacts", "store/destinations", "store/inbox", "store/ledger", "store/numbers", "store/runlog", "store/sqldb", "store/staging", "store/upkeep", "store/validations"},
	"store/columns":            {"store/ledger", "store/runlog", "store/sqldb"},
	"store/contacts":           {"store/ledger", "store/sqldb", "store/staging"},
	"store/destinations":       {"runs", "store/sqldb"},
	"store/sqldb":              {"backoff"},
	"store/ledger":             {"store/sqldb"},
	"store/validations":        {"store/sqldb"},
	"store/inbox":              {"audience", "runs", "store/runlog", "store/sqldb"},
	"store/numbers":            {"runs", "store/ledger", "store/runlog", "store/sqldb", "store/staging"},
	"store/staging":            {"runs", "store/ledger", "store/runlog", "store/sqldb"},
	"store/upkeep":             {"store/columns", "store/destinations", "store/ledger", "store/sqldb"},
	"store/runlog":             {"runs", "store/sqldb"},
	"activities/lease":         nil,
	"activities/quiethours":    nil,
	"alerts":                   {"audience", "runs", "store/destinations"},
	"alerts/targets":           nil,
	"mapping":                  {"audience", "audience/source", "dynamics", "runs", "safetext", "store/staging"},
	"activities":               {"activities/lease", "activities/quiethours", "alerts", "mapping", "audience", "audience/files", "audience/source", "dynamics", "safetext", "store", "store/columns", "store/contacts", "store/destinations", "store/inbox", "store/ledger", "store/numbers", "store/runlog", "store/sqldb", "store/staging", "store/validations", "runs"},
	"report":                   {"safetext", "runs"},
	"report/reporttest":        {"report", "runs"},
	"workflows":                {"activities", "alerts", "audience", "report", "runs"},
	"worker":                   {"activities/quiethours", "alerts/targets", "audience", "backoff", "environment", "monitoring", "version", "audience/buckets", "audience/files", "audience/parquet", "connect", "dynamics", "dynamics/managedidentity", "store", "store/columns", "store/contacts", "store/destinations", "store/inbox", "store/ledger", "store/runlog", "store/sqldb", "store/staging", "store/validations", "activities", "workflows", "runs"},
	"starter":                  {"audience", "environment", "monitoring", "version", "audience/activation", "audience/source", "connect", "safetext", "dynamics", "store", "store/columns", "store/contacts", "store/destinations", "store/inbox", "store/ledger", "store/runlog", "store/sqldb", "store/staging", "store/upkeep", "store/validations", "activities", "report", "workflows", "runs"},
	"deploy":                   nil,
	"examples":                 nil,
	"sandbox":                  {"audience", "environment", "monitoring", "version", "report/reporttest", "audience/activation", "audience/files", "audience/source", "dynamics", "dynamics/simulator", "runs", "store", "store/columns", "store/contacts", "store/destinations", "store/inbox", "store/runlog", "store/staging", "store/validations", "activities", "workflows", "worker", "starter", "examples"},
}

// temporalFree folders do not know how they are orchestrated.
var temporalFree = []string{"alerts", "audience", "dynamics", "monitoring", "report", "runs", "store"}

// serverPackages promise no stability; one file imports them.
var serverPackages = []string{"go.temporal.io/server/", "github.com/temporalio/ui-server/"}

const serverFile = "sandbox/temporal/server.go"

// workerOnly is what the worker alone links: readers of sources and their clouds, alerts. The
// starter stays small without.
var workerOnly = []string{
	"github.com/nicholas-fedor/", "github.com/parquet-go/", "gocloud.dev/", "cloud.google.com/", "github.com/aws/", "github.com/Azure/",
}

// environmentReaders are the bodies of the mains: they alone read the environment.
var environmentReaders = []string{"environment", "worker/host"}

func TestImportsPointOneWay(t *testing.T) {
	for file, source := range sources(t) {
		from := ruleOf(path.Dir(file))
		for _, imported := range imports(t, source) {
			folder, ours := strings.CutPrefix(imported, module)
			if !ours || folder == path.Dir(file) {
				continue
			}
			to := ruleOf(folder)
			require.True(t, to == from || slices.Contains(mayImport[from], to),
				"%s imports %s: %q may import %q only", file, imported, from, mayImport[from])
		}
	}
}

func TestTemporalStaysAboveTheDomain(t *testing.T) {
	for file, source := range sources(t) {
		for _, imported := range imports(t, source) {
			if strings.HasPrefix(imported, "go.temporal.io/") {
				require.False(t, slices.ContainsFunc(temporalFree, func(folder string) bool { return below(path.Dir(file), folder) }),
					"%s imports %s", file, imported)
			}
		}
	}
}

func TestOneFileImportsTheServer(t *testing.T) {
	for file, source := range sources(t) {
		for _, imported := range imports(t, source) {
			for _, server := range serverPackages {
				require.False(t, strings.HasPrefix(imported+"/", server) && file != serverFile, "%s imports %s: only %s may", file, imported, serverFile)
			}
		}
	}
}

func TestOnlyMainsReadTheEnvironment(t *testing.T) {
	for file, source := range sources(t) {
		testHelp := strings.HasSuffix(source.Name.Name, "test")
		if testHelp || source.Name.Name == "main" || slices.Contains(environmentReaders, path.Dir(file)) {
			continue
		}
		ast.Inspect(source, func(n ast.Node) bool {
			selector, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			owner, ok := selector.X.(*ast.Ident)
			if ok && (owner.Name == "os" || owner.Name == "syscall") {
				require.NotContains(t, []string{"Getenv", "LookupEnv", "Environ", "ExpandEnv"}, selector.Sel.Name, file)
			}
			return true
		})
		require.NotContains(t, imports(t, source), "github.com/kelseyhightower/envconfig", file)
	}
}

func TestTheStarterLinksNothingOfTheWorkersAlone(t *testing.T) {
	output, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "./starter").Output()
	require.NoError(t, err)
	packages := strings.Fields(string(output))
	require.Contains(t, packages, module+"starter")
	for _, name := range packages {
		for _, only := range workerOnly {
			require.False(t, strings.HasPrefix(name+"/", only), "the starter links %s; go mod why, or go list -deps, tells by way of what", name)
		}
	}
}

// TestTheStarterNamesWorkflowsByTheirTypes: a reference to a workflow's function would link all
// that it does, and dynamics.
func TestTheStarterNamesWorkflowsByTheirTypes(t *testing.T) {
	functions := map[string]bool{}
	for file, source := range sources(t) {
		if path.Dir(file) != "workflows" {
			continue
		}
		for _, declared := range source.Decls {
			function, ok := declared.(*ast.FuncDecl)
			if ok && function.Recv == nil && takesWorkflowContext(function) {
				functions[function.Name.Name] = true
			}
		}
	}
	require.Contains(t, functions, "ActivateAudience")
	for file, source := range sources(t) {
		if ruleOf(path.Dir(file)) != "starter" {
			continue
		}
		ast.Inspect(source, func(n ast.Node) bool {
			if selector, ok := n.(*ast.SelectorExpr); ok {
				owner, ok := selector.X.(*ast.Ident)
				require.False(t, ok && owner.Name == "workflows" && functions[selector.Sel.Name],
					"%s refers to workflows.%s: start it by %[2]sType", file, selector.Sel.Name)
			}
			return true
		})
	}
}

func takesWorkflowContext(function *ast.FuncDecl) bool {
	parameters := function.Type.Params.List
	if len(parameters) == 0 {
		return false
	}
	selector, ok := parameters[0].Type.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	owner, ok := selector.X.(*ast.Ident)
	return ok && owner.Name == "workflow" && selector.Sel.Name == "Context"
}

// ruleOf is the nearest folder, upwards, that has a rule; the folder itself when none has.
func ruleOf(folder string) string {
	for at := folder; at != "."; at = path.Dir(at) {
		if _, ok := mayImport[at]; ok {
			return at
		}
	}
	return folder
}

// below tells whether a folder is another one or in it.
func below(folder, top string) bool { return folder == top || strings.HasPrefix(folder, top+"/") }

// sources are all Go files of the repository but tests, by their path from its root.
func sources(t *testing.T) map[string]*ast.File {
	t.Helper()
	files := make(map[string]*ast.File)
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && name != "." && skipped(entry.Name()) {
			return filepath.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		require.Contains(t, mayImport, ruleOf(path.Dir(name)), "%s is in a folder without a rule", name)
		files[name] = file
		return nil
	})
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files
}

func skipped(folder string) bool {
	return strings.HasPrefix(folder, ".") || strings.HasPrefix(folder, "_") || slices.Contains([]string{"testdata", "node_modules", "data", "bin"}, folder)
}

func imports(t *testing.T, file *ast.File) []string {
	t.Helper()
	list := make([]string, 0, len(file.Imports))
	for _, spec := range file.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		require.NoError(t, err)
		list = append(list, name)
	}
	return list
}
