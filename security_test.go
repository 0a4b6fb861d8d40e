package audienceflow_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSecurityNamesTestsThatExist holds the threat list to the tests that it names, each in the
// folder named before it.
func TestSecurityNamesTestsThatExist(t *testing.T) {
	page, err := os.ReadFile("docs/security.md")
	require.NoError(t, err)
	word := regexp.MustCompile("`([a-z0-9/]+)`:|`(Test[A-Za-z0-9]+)`")
	named := 0
	for _, line := range strings.Split(string(page), "\n") {
		folder := ""
		for _, found := range word.FindAllStringSubmatch(line, -1) {
			if found[1] != "" {
				folder = found[1]
				continue
			}
			named++
			require.Contains(t, testsIn(t, folder), "func "+found[2]+"(", "%s in %s", found[2], folder)
		}
	}
	require.Greater(t, named, 15)
}

func testsIn(t *testing.T, folder string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	require.NoError(t, err)
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		all.Write(text)
	}
	return all.String()
}
