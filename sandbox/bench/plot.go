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

// plotCosts draws the worker's CPU time per contact over the number of contacts.
func plotCosts(results []Result) []byte {
	lines := []line{{name: "stage"}, {name: "plan"}, {name: "read"}, {name: "send"}, {name: "validate"}, {name: "whole"}}
	for _, r := range results {
		c := r.WorkerMicroseconds
		for i, cost := range []float64{c.Stage, c.Plan, c.Read, c.Send, c.Validate, c.Whole} {
			if cost > 0 {
				lines[i].points = append(lines[i].points, point{float64(r.Contacts), cost})
			}
		}
	}
	return drawLines("Microseconds of the worker's CPU per contact, over the number of contacts", legendWidth,
		func(contacts float64) string { return thousands(int(contacts)) }, lines)
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
