package e2e

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/sandbox/browser"
)

var escapes = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// rendered is what a terminal shows of what was written to it: without colours, and of a line that
// was drawn anew what was drawn last.
func rendered(text string) string {
	lines := strings.Split(strings.ReplaceAll(escapes.ReplaceAllString(text, ""), "\r\n", "\n"), "\n")
	for i, line := range lines {
		drawn := strings.Split(line, "\r")
		lines[i] = strings.TrimRight(strings.ReplaceAll(drawn[len(drawn)-1], "\x1b[K", ""), " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// picture keeps a picture of a page, in as few colours as a page needs.
func picture(ctx context.Context, t *testing.T, page *browser.Page, file string) {
	t.Helper()
	taken, err := page.Screenshot(ctx)
	require.NoError(t, err)
	whole, err := png.Decode(bytes.NewReader(taken))
	require.NoError(t, err)
	var small bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	require.NoError(t, encoder.Encode(&small, reduced(whole)))
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, small.Bytes(), 0o644))
}

// colours of a picture: its commonest, with which letters still have soft edges.
const colours = 64

func reduced(whole image.Image) image.Image {
	count := map[color.RGBA]int{}
	bounds := whole.Bounds()
	at := func(x, y int) color.RGBA { return color.RGBAModel.Convert(whole.At(x, y)).(color.RGBA) }
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			count[at(x, y)]++
		}
	}
	var common []color.RGBA
	for c := range count {
		common = append(common, c)
	}
	slices.SortFunc(common, func(a, b color.RGBA) int { return count[b] - count[a] })
	palette := color.Palette{}
	for _, c := range common[:min(colours, len(common))] {
		palette = append(palette, c)
	}
	nearest := map[color.RGBA]uint8{}
	small := image.NewPaletted(bounds, palette)
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			c := at(x, y)
			index, known := nearest[c]
			if !known {
				index = uint8(palette.Index(c))
				nearest[c] = index
			}
			small.SetColorIndex(x, y, index)
		}
	}
	return small
}

// inPictures is a file in the folder of pictures, which is given as seen from the repository's root.
func inPictures(names ...string) string {
	folder := *picturesInto
	if !filepath.IsAbs(folder) {
		folder = filepath.Join("..", "..", folder)
	}
	return filepath.Join(append([]string{folder}, names...)...)
}

// shot is a state as docs/screens.md shows it.
type shot struct {
	name, title, command string
	narrow, wide         string // on terminals of 80 and 120 columns
}

const pageHead = `# What people see

Every state in which a run may be found: in Temporal's UI (a run's page, *User Metadata*) and on terminals of 80 and 120 columns. All of it is
of real runs, by ` + "`go test ./sandbox/e2e -run EachState -screens docs`" + ` (it needs Chromium), which without the flag checks that each state is told.
What a status means and what to do is in [operations.md](operations.md#what-a-status-means).
`

// writePage writes docs/screens.md.
func writePage(t *testing.T, shots []shot) {
	t.Helper()
	var text strings.Builder
	text.WriteString(pageHead)
	for _, s := range shots {
		fmt.Fprintf(&text, "\n## %s\n\n![%s](screens/%s.png)\n\n```\n$ starter %s\n%s\n```\n", s.title, s.title, s.name, s.command, s.narrow)
		if s.wide != s.narrow {
			fmt.Fprintf(&text, "\n<details><summary>120 columns</summary>\n\n```\n%s\n```\n\n</details>\n", s.wide)
		}
	}
	require.NoError(t, os.WriteFile(inPictures("screens.md"), []byte(text.String()), 0o644))
}
