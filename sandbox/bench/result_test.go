package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestFillComparesWithTheBareLoop(t *testing.T) {
	first := traced()
	first.history = History{Events: 60, Bytes: 6_000, Runs: 1, MostEvents: 60, MostBytes: 6_000}
	second := trace{began: at(0), ended: at(10), validate: spans{between(8, 9.5)}}
	r := Result{Contacts: 3_400, BareLoop: 1_700}
	r.fill(first, second)
	require.InDelta(t, 1_700, r.Stages.Stage, 0.01)
	require.InDelta(t, 850, r.Stages.Send, 0.01)
	require.InDelta(t, 680, r.Stages.Validate, 0.01)
	require.Equal(t, Seconds{Activate: 17, Rerun: 8.5, Validate: 5}, r.Seconds)
	require.InDelta(t, 0.5, r.Ratios.Send, 0.001)
	require.InDelta(t, 200.0/1_700, r.Ratios.Activate, 0.001)
	require.InDelta(t, 0.5, r.Ratios.Rerun, 0.001)
	require.InDelta(t, 5.0/17, r.Ratios.Validate, 0.001)
	require.EqualValues(t, 17_647, r.History.PerMillion.Events)
	require.EqualValues(t, 1_764_705, r.History.PerMillion.Bytes)
}

func TestRatesOfNothingAreZero(t *testing.T) {
	require.Zero(t, rate(100, 0))
	require.Zero(t, share(1, 0))
}

func TestLimitOf(t *testing.T) {
	allowed := 800.0
	stats := simulatorStats{Requests: 200, ByStatus: map[int]int{200: 198, 429: 2}, EarlyRetries: 1}
	stats.Allowed.RowsPerSecond = &allowed
	got := limitOf(3_000, traced(), stats, 5*time.Second)
	require.InDelta(t, 750, got.Achieved, 0.01)
	require.InDelta(t, 0.9375, got.Ratio, 0.0001)
	require.InDelta(t, 0.01, got.RefusedShare, 0.0001)
	require.InDelta(t, 13.0/17, got.OtherShare, 0.0001)
	require.Equal(t, 1, got.EarlyRetries)
	require.InDelta(t, 4, got.Seconds, 0.01)
	require.InDelta(t, 0.25, got.ForecastError, 0.01)
}

func TestJSONNames(t *testing.T) {
	text, err := json.Marshal(Result{Limit: &Limit{}})
	require.NoError(t, err)
	var got map[string]any
	require.NoError(t, json.Unmarshal(text, &got))
	for name, members := range map[string][]string{
		"stages":  {"stage", "plan", "read", "send", "validate"},
		"ratios":  {"send", "activate", "rerun", "validate"},
		"limit":   {"achieved", "allowed", "ratio", "refusedShare", "earlyRetries", "forecastError"},
		"peers":   {"patch", "batch100", "dynamicsWebApi"},
		"history": {"events", "bytes"},

		"workerMicroseconds": {"stage", "plan", "read", "send", "validate", "whole"},
		"rerunMicroseconds":  {"stage", "plan", "read", "send", "validate", "whole"},
	} {
		require.Contains(t, got, name)
		for _, member := range members {
			require.Contains(t, got[name], member)
		}
	}
	require.Contains(t, got, "contacts")
	require.Contains(t, got, "bareLoop")
	require.Contains(t, got, "workerMemoryBytes")
}

func TestTableShowsWhatWasLeftOut(t *testing.T) {
	var out bytes.Buffer
	patch := 1234.0
	require.NoError(t, printTable(&out, Result{Contacts: 10, Cores: 2, BareLoop: 2468, Peers: Peers{Patch: &patch}, LeftOut: []string{"no npm here"}}))
	require.Contains(t, out.String(), "no npm here")
	require.Regexp(t, `one PATCH per contact, 8 at a time +1234 +50 %`, out.String())
	require.Regexp(t, `dynamics-web-api, bulk, 8 at a time +left out`, out.String())
	require.NotContains(t, out.String(), "at the limits")
}

func TestOptions(t *testing.T) {
	for name, tc := range map[string]struct{ args, problem string }{
		"too few":         {"-contacts 10", "at least 1000"},
		"negative limit":  {"-limit-contacts -1", "0 or more"},
		"format":          {"-o xml", "table or json"},
		"argument":        {"what", "no flag"},
		"nothing to plot": {"-plot docs", "files"},
		"profile":         {"-profile cpu.prof", "-limit-contacts 0"},
		"store":           {"-store postgres://localhost/bench", "-limit-contacts 0"},
	} {
		t.Run(name, func(t *testing.T) {
			var errOut bytes.Buffer
			require.Equal(t, exitUsage, run(t.Context(), strings.Fields(tc.args), &errOut, &errOut))
			require.Contains(t, errOut.String(), tc.problem)
		})
	}
	var help bytes.Buffer
	require.Zero(t, run(t.Context(), []string{"--help"}, &help, &help))
	require.Contains(t, help.String(), "go run ./sandbox/bench")
}
