package audienceflow_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTheArchitecturePageIsTrue holds docs/architecture.md to the files and the tests that it
// names.
func TestTheArchitecturePageIsTrue(t *testing.T) {
	page, err := os.ReadFile("docs/architecture.md")
	require.NoError(t, err)
	tests := allTests(t)
	files, named := 0, 0
	for _, found := range regexp.MustCompile("`([A-Za-z][^`\n]*)`").FindAllStringSubmatch(string(page), -1) {
		switch word := found[1]; {
		case strings.HasPrefix(word, "Test"):
			named++
			require.Contains(t, tests, "func "+word+"(", "a test that the page names")
		case strings.HasSuffix(word, ".go") || strings.HasSuffix(word, ".md"):
			files++
			there, err := filepath.Glob(word)
			require.NoError(t, err)
			require.NotEmpty(t, there, "the page names %s", word)
		}
	}
	require.Greater(t, files, 30)
	require.Greater(t, named, 8)
}

func allTests(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	require.NoError(t, filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		all.Write(text)
		return err
	}))
	return all.String()
}
