package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var zero = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func at(seconds float64) time.Time { return zero.Add(time.Duration(seconds * float64(time.Second))) }

func between(from, to float64) span { return span{at(from), at(to)} }

func TestSpansCountOverlapsOnce(t *testing.T) {
	for name, tc := range map[string]struct {
		spans  spans
		length time.Duration
		whole  span
	}{
		"none":         {nil, 0, span{}},
		"one":          {spans{between(1, 3)}, 2 * time.Second, between(1, 3)},
		"apart":        {spans{between(5, 6), between(1, 3)}, 3 * time.Second, between(1, 6)},
		"overlapping":  {spans{between(1, 3), between(2, 5)}, 4 * time.Second, between(1, 5)},
		"one inside":   {spans{between(1, 9), between(2, 5), between(8, 10)}, 9 * time.Second, between(1, 10)},
		"touching":     {spans{between(1, 2), between(2, 4)}, 3 * time.Second, between(1, 4)},
		"out of order": {spans{between(4, 5), between(1, 2), between(1.5, 4.5)}, 4 * time.Second, between(1, 5)},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.length, tc.spans.length())
			require.Equal(t, tc.whole, tc.spans.whole())
		})
	}
}

func TestUsageWithin(t *testing.T) {
	used := usage{{at(0), 0}, {at(1), 500 * time.Millisecond}, {at(2), 1500 * time.Millisecond}}
	for name, tc := range map[string]struct {
		spans spans
		want  time.Duration
	}{
		"all":                {spans{between(0, 2)}, 1500 * time.Millisecond},
		"between readings":   {spans{between(0.5, 1.5)}, 750 * time.Millisecond},
		"before and after":   {spans{between(-1, 3)}, 1500 * time.Millisecond},
		"overlapping counts": {spans{between(0, 1), between(0.5, 1)}, 500 * time.Millisecond},
		"nothing":            {nil, 0},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, tc.want, used.within(tc.spans)) })
	}
	require.Zero(t, usage(nil).within(spans{between(0, 1)}), "no readings, no time")
}

func TestUsagePerContact(t *testing.T) {
	used := usage{{at(0), 0}, {at(10), 10 * time.Second}}
	got := used.perContact(trace{began: at(0), ended: at(7), stage: spans{between(0, 1)}, send: spans{between(2, 6)}}, 1_000_000)
	require.Equal(t, StageCosts{Stages: Stages{Stage: 1, Send: 4}, Whole: 7}, got)
}

func TestProcessTime(t *testing.T) {
	for name, tc := range map[string]struct {
		stat string
		want time.Duration
		ok   bool
	}{
		"usual":       {"42 (worker) S 1 42 42 0 -1 4194560 1 0 0 0 150 25 0 0 20 0 9 0 100", 1750 * time.Millisecond, true},
		"odd name":    {"42 (a) b (c) S 1 42 42 0 -1 4194560 1 0 0 0 1 2 0 0", 30 * time.Millisecond, true},
		"too short":   {"42 (worker) S 1 42", 0, false},
		"empty":       {"", 0, false},
		"not numbers": {"42 (worker) S 1 42 42 0 -1 4194560 1 0 0 0 x y 0 0", 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := processTime(tc.stat)
			require.Equal(t, tc.ok, ok)
			require.Equal(t, tc.want, got)
		})
	}
}

func TestProcessPeak(t *testing.T) {
	peak, ok := processPeak("Name:\tworker\nVmPeak:\t  900000 kB\nVmHWM:\t  186304 kB\nVmRSS:\t  151064 kB\n")
	require.True(t, ok)
	require.EqualValues(t, 190_775_296, peak)
	_, ok = processPeak("Name:\tVmHWM:\n")
	require.False(t, ok)
}

func TestGapsAndMean(t *testing.T) {
	s := spans{between(0, 2), between(1, 3), between(3.5, 4.5), between(6, 7)}
	require.Equal(t, 1500*time.Millisecond, s.longestGap())
	require.Equal(t, 1500*time.Millisecond, s.mean())
	require.Zero(t, spans(nil).longestGap())
	require.Zero(t, spans(nil).mean())
}
