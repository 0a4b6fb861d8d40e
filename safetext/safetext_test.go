package safetext_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"audienceflow/safetext"
)

func TestWhatIsInvisibleIsShown(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "",
		"Zoë Müller-Łuk, 東京 😀":    "Zoë Müller-Łuk, 東京 😀",
		"a\nb\tc\r":               `a\nb\tc\r`,
		"\x1b[31mred\x1b[0m":      `\x1b[31mred\x1b[0m`,
		"\x1b]0;title\a":          `\x1b]0;title\a`,
		"\u009b31m":               `\u009b31m`,
		"\x7f\x00":                `\x7f\x00`,
		"abc\u202etxt.exe":        `abc\u202etxt.exe`,
		"\u2028\ufeff":            `\u2028\ufeff`,
		"\xff\xfe":                `\xff\xfe`,
		`C:\new "quoted" \x1b`:    `C:\new "quoted" \x1b`,
		"a \ufffd that was there": "a \ufffd that was there",
	} {
		require.Equal(t, want, safetext.Line(text), "%q", text)
	}
	require.Equal(t, "one\n\\ttwo\\x1b\n", safetext.Lines("one\n\ttwo\x1b\n"))
}

func TestASpreadsheetTakesEveryCellForText(t *testing.T) {
	for text, want := range map[string]string{
		"=1+1": "'=1+1", "+49 30 1": "'+49 30 1", "-5": "'-5", "@SUM(A1)": "'@SUM(A1)", "\t=1": `'\t=1`, "\r": `'\r`,
		"'=1": "''=1", "\uff1d1": "'\uff1d1", "'s-Hertogenbosch": "'s-Hertogenbosch", "a=b": "a=b", "": "", "'": "'", "5": "5",
	} {
		require.Equal(t, want, safetext.Cell(text), "%q", text)
	}
}

func FuzzCells(f *testing.F) {
	for _, seed := range []string{"=cmd|' /C calc'!A0", "''''-1", "\x1b[2J", "\u009b", "\xff", "'", "-", "\u202e=", "a\x00b", "\ufffd=\x80"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		cell, line := safetext.Cell(text), safetext.Line(text)
		for _, shown := range []string{cell, line, safetext.Lines(text)} {
			require.True(t, utf8.ValidString(shown))
			for _, r := range shown {
				require.True(t, unicode.IsGraphic(r) || r == '\n', "%q of %q", r, text)
			}
		}
		require.NotContains(t, cell+line, "\n")
		require.NotContains(t, cell+line, "\t")
		require.False(t, cell != "" && strings.ContainsAny(cell[:1], "=+-@"), cell)
		require.Equal(t, line, safetext.Line(line), "what is shown stays as it is")
		if line == text {
			require.Equal(t, text, safetext.Uncell(cell), "nothing but the apostrophe was added")
		}
	})
}
