package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
)

const (
	rateFile = "rates.svg"
	costFile = "cost.svg"

	// rateSize is the audience whose rates are drawn, if it is among the files.
	rateSize = 100_000
)

// plotFiles draws results into a folder: the rates of one of them, and the cost per contact over
// the size of all.
func plotFiles(folder string, files []string) error {
	var results []Result
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		var r Result
		if err := json.Unmarshal(text, &r); err != nil || r.Contacts == 0 {
			return fmt.Errorf("%s is no JSON of the bench: make it with -o json", file)
		}
		results = append(results, r)
	}
	slices.SortFunc(results, func(a, b Result) int { return cmp.Compare(a.Contacts, b.Contacts) })
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, rateFile), plotRates(results), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, costFile), plotCosts(results), 0o644)
}

// bar is one rate of a bar chart.
type bar struct {
	name  string
	value float64
	ours  bool
}

func plotRates(results []Result) []byte {
	r := results[0]
	for _, other := range results {
		if other.Contacts <= rateSize {
			r = other
		}
	}
	bars := []bar{
		{"bare loop", r.BareLoop, false}, {"bare loop, 8 at a time", r.BareParallel, false},
		{"stage", r.Stages.Stage, true}, {"plan", r.Stages.Plan, true}, {"read", r.Stages.Read, true},
		{"send", r.Stages.Send, true}, {"validate", r.Stages.Validate, true},
		{"whole activation", share(float64(r.Contacts), r.Seconds.Activate), true},
	}
	for _, p := range []struct {
		name  string
		value *float64
	}{
		{"PATCH, one by one", r.Peers.PatchSequential}, {"PATCH, 8 at a time", r.Peers.Patch},
		{"$batch of 100, 8 at a time", r.Peers.Batch100}, {"dynamics-web-api, 8 at a time", r.Peers.DynamicsWebAPI},
	} {
		if p.value != nil {
			bars = append(bars, bar{p.name, *p.value, false})
		}
	}
	return drawBars(fmt.Sprintf("Contacts per second (%s contacts, %d cores, logarithmic)", thousands(r.Contacts), r.Cores), bars)
}

// line is one stage's cost over the sizes.
type line struct {
	name   string
	points []point
}

type point struct{ x, y float64 }

// plotCosts draws elapsed microseconds per contact over the number of contacts.
func plotCosts(results []Result) []byte {
	lines := []line{{name: "stage"}, {name: "plan"}, {name: "read"}, {name: "send"}, {name: "validate"}}
	for _, r := range results {
		for i, perSecond := range []float64{r.Stages.Stage, r.Stages.Plan, r.Stages.Read, r.Stages.Send, r.Stages.Validate} {
			if perSecond > 0 {
				lines[i].points = append(lines[i].points, point{float64(r.Contacts), 1e6 / perSecond})
			}
		}
	}
	return drawLines("Elapsed microseconds per contact, over the number of contacts", lines)
}

// thousands writes a number with commas.
func thousands(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// step is the distance of grid lines that divides an axis up to most into a handful of parts: 1, 2
// or 5 times a power of ten.
func step(most float64) float64 {
	const parts = 5
	if most <= 0 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(most/parts)))
	for _, times := range []float64{1, 2, 5} {
		if most/parts <= times*power {
			return times * power
		}
	}
	return 10 * power
}
