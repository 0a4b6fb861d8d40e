package main

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strings"
)

// Sizes in pixels.
const (
	chartWidth  = 760
	barHeight   = 22
	barGap      = 8
	nameWidth   = 210
	titleHeight = 44
	valueWidth  = 80
	lineHeight  = 360
	margin      = 60
	legendWidth = 90 // of the names of stages
)

// Colours that can be told apart by most people, and on light and dark pages.
const (
	ourColour   = "#2563eb"
	otherColour = "#9ca3af"
)

var lineColours = []string{"#2563eb", "#d97706", "#059669", "#dc2626", "#7c3aed", "#374151"}

// drawing gathers the elements of an SVG.
type drawing struct {
	strings.Builder
	height int
}

func newDrawing(title string, height int) *drawing {
	d := &drawing{height: height}
	fmt.Fprintf(d, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13" role="img">`+"\n", chartWidth, height)
	fmt.Fprintf(d, "<title>%s</title>\n"+`<rect width="100%%" height="100%%" fill="#ffffff"/>`+"\n", html.EscapeString(title))
	d.text(16, 26, "start", "#111827", title)
	return d
}

func (d *drawing) text(x, y float64, anchor, colour, text string) {
	fmt.Fprintf(d, `<text x="%.1f" y="%.1f" text-anchor="%s" fill="%s">%s</text>`+"\n", x, y, anchor, colour, html.EscapeString(text))
}

func (d *drawing) line(x1, y1, x2, y2 float64, colour string) {
	fmt.Fprintf(d, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s"/>`+"\n", x1, y1, x2, y2, colour)
}

func (d *drawing) bytes() []byte {
	d.WriteString("</svg>\n")
	return []byte(d.String())
}

// drawBars draws rates on a logarithmic scale: they lie a factor of a hundred apart.
func drawBars(title string, bars []bar) []byte {
	d := newDrawing(title, titleHeight+len(bars)*(barHeight+barGap)+barGap)
	most, least := 1.0, math.MaxFloat64
	for _, b := range bars {
		if b.value > 0 {
			most, least = max(most, b.value), min(least, b.value)
		}
	}
	from := math.Floor(math.Log10(min(least, most)))
	scale := (chartWidth - nameWidth - valueWidth) / max(math.Log10(most)-from, 1)
	for i, b := range bars {
		y := float64(titleHeight + i*(barHeight+barGap))
		width, colour := 0.0, otherColour
		if b.value > 0 {
			width = (math.Log10(b.value) - from) * scale
		}
		if b.ours {
			colour = ourColour
		}
		d.text(nameWidth-8, y+barHeight-6, "end", "#111827", b.name)
		fmt.Fprintf(d, `<rect x="%d" y="%.1f" width="%.1f" height="%d" fill="%s"/>`+"\n", nameWidth, y, width, barHeight, colour)
		d.text(nameWidth+width+6, y+barHeight-6, "start", "#111827", thousands(int(math.Round(b.value))))
	}
	return d.bytes()
}

// drawLines draws lines over a logarithmic x axis, whose values label names. The lines' names stand
// in a legend of that width.
func drawLines(title string, legend float64, label func(float64) string, lines []line) []byte {
	d := newDrawing(title, lineHeight)
	left, right, top, bottom := float64(margin), chartWidth-legend-margin/2, float64(titleHeight+10), float64(lineHeight-margin+10)
	var xs []float64
	most := 0.0
	for _, l := range lines {
		for _, p := range l.points {
			xs, most = append(xs, p.x), max(most, p.y)
		}
	}
	slices.Sort(xs)
	xs = slices.Compact(xs)
	if len(xs) == 0 {
		return d.bytes()
	}
	grid := step(most)
	highest := grid * math.Ceil(most/grid)
	first, span := math.Log10(xs[0]), max(math.Log10(xs[len(xs)-1])-math.Log10(xs[0]), 1)
	x := func(v float64) float64 { return left + (math.Log10(v)-first)/span*(right-left) }
	y := func(v float64) float64 { return bottom - v/highest*(bottom-top) }
	for i := 0; float64(i)*grid <= highest; i++ {
		v := float64(i) * grid
		d.line(left, y(v), right, y(v), "#e5e7eb")
		d.text(left-8, y(v)+4, "end", "#374151", fmt.Sprintf("%g", v))
	}
	for _, v := range xs {
		d.text(x(v), bottom+20, "middle", "#374151", label(v))
	}
	for i, l := range slices.Backward(lines) { // the first one is on top
		d.series(l, lineColours[i%len(lineColours)], x, y)
		d.text(right+34, top+14+float64(i)*20, "start", lineColours[i%len(lineColours)], l.name)
	}
	return d.bytes()
}

func (d *drawing) series(l line, colour string, x, y func(float64) float64) {
	var path []string
	for _, p := range l.points {
		path = append(path, fmt.Sprintf("%.1f,%.1f", x(p.x), y(p.y)))
		fmt.Fprintf(d, `<circle cx="%.1f" cy="%.1f" r="3.5" fill="%s"/>`+"\n", x(p.x), y(p.y), colour)
	}
	if len(path) > 1 {
		fmt.Fprintf(d, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", strings.Join(path, " "), colour)
	}
}
