package source_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/audience/source"
)

// TestARowThatBreaksBeforeItsEscapeIsReadToItsEnd: the reader never looks at one place for ever, be
// the row at the end of the file, or longer than what is read to choose the escape.
func TestARowThatBreaksBeforeItsEscapeIsReadToItsEnd(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"at the end":    "\"\n\"\"'\"0",
		"in the middle": "contact,first\n\"\n\"\"'\"0,x\n1,2\n",
		"backslash":     "\"\n\"\"\\\"0",
		"long":          "contact,first\n\"\n\"\"'\"0" + strings.Repeat("'\"", 1<<20) + "\n1,2\n",
	} {
		t.Run(name, func(t *testing.T) {
			table, err := source.OpenTable(strings.NewReader(text), "", func([]string) bool { return true })
			if err != nil {
				return // said to be broken
			}
			defer table.Close()
			for rows := 0; err == nil; rows++ {
				require.Less(t, rows, 10)
				_, _, err = table.Next()
			}
		})
	}
}
