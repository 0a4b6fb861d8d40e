package terminal

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestALineGoesOnBelowWhereItsTextBegan(t *testing.T) {
	for line, want := range map[string]string{
		"short": "short",
		"validation   match: expected 1,859 = matched 1,859":  "validation   match: expected\n             1,859 = matched\n             1,859",
		"Rejected rows, with cause: starter rejected 01a206":  "Rejected rows, with cause:\n  starter rejected 01a206",
		"a word of forty letters, which nobody could shorten": "a word of forty letters,\n  which nobody could shorten",
		"  ok    aaaa bbbb cccc dddd eeee ffff":               "  ok    aaaa bbbb cccc dddd\n        eeee ffff",
		"\x1b[32mmatch\x1b[0m: aaaa bbbb cccc dddd eee":       "\x1b[32mmatch\x1b[0m: aaaa bbbb cccc dddd\n  eee",
	} {
		require.Equal(t, want, Fit(line, 28), line)
	}
}

// TestNoWordIsLostAndNoLineIsTooLong prints random lines piece by piece.
func TestNoWordIsLostAndNoLineIsTooLong(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	for range 2000 {
		var line strings.Builder
		longest := 0
		for range random.IntN(30) {
			word := strings.Repeat("w", 1+random.IntN(12))
			if random.IntN(60) == 0 {
				word = strings.Repeat("L", 70)
			}
			if random.IntN(9) == 0 {
				word = "starter"
			}
			longest = max(longest, len(word))
			line.WriteString(strings.Repeat(" ", random.IntN(4)) + word + " ")
		}
		text := strings.TrimRight(line.String(), " ")
		width := 20 + random.IntN(80)
		var out bytes.Buffer
		page := NewPage(&out, width)
		for rest := text; rest != ""; {
			n := 1 + random.IntN(len(rest))
			_, err := page.Write([]byte(rest[:n]))
			require.NoError(t, err)
			rest = rest[n:]
		}
		require.NoError(t, page.Close())
		require.Equal(t, strings.Fields(text), strings.Fields(out.String()))
		for _, printed := range strings.Split(out.String(), "\n") {
			if len(strings.Fields(printed)) > 1 {
				require.LessOrEqual(t, len(printed), width, "%q of %q", printed, text)
			}
		}
	}
}

func TestATableThatIsTooWideIsPrintedRowByRow(t *testing.T) {
	print := func(width int) string {
		var out bytes.Buffer
		table := NewTable(&out, width, "COLUMN", "VALUE", "NOTE")
		table.Row("acme_vip", "realized", "-")
		table.Row("firstname", "Zoë", "kept")
		require.NoError(t, table.End())
		return out.String()
	}
	whole := "COLUMN     VALUE     NOTE\nacme_vip   realized  -\nfirstname  Zoë       kept\n"
	require.Equal(t, whole, print(0))
	require.Equal(t, whole, print(80))
	require.Equal(t, "  COLUMN  acme_vip\n  VALUE   realized\n\n  COLUMN  firstname\n  VALUE   Zoë\n  NOTE    kept\n", print(20))
}
