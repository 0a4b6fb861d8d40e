package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPlotFiles(t *testing.T) {
	folder := t.TempDir()
	var files []string
	for name, contacts := range map[string]int{"small": 10_000, "middle": 100_000, "large": 1_000_000} {
		patch := 5_000.0
		text, err := json.Marshal(Result{Contacts: contacts, Cores: 2, BareLoop: 200_000, Stages: Stages{1e5, 5e4, 2e4, 1e4, 4e4}, WorkerMicroseconds: StageCosts{Stages{10, 2, 9, 14, 8}, 43}, Peers: Peers{Patch: &patch}})
		require.NoError(t, err)
		files = append(files, filepath.Join(folder, name+".json"))
		require.NoError(t, os.WriteFile(files[len(files)-1], text, 0o644))
	}
	require.NoError(t, plotFiles(folder, files))
	rates, costs := readSVG(t, filepath.Join(folder, rateFile)), readSVG(t, filepath.Join(folder, costFile))
	require.Contains(t, rates, "100,000 contacts")
	require.Contains(t, rates, "PATCH, 8 at a time")
	require.NotContains(t, rates, "dynamics-web-api", "it was left out")
	require.Equal(t, 18, strings.Count(costs, "<circle"), "five stages and the whole at three sizes")
	require.Equal(t, 6, strings.Count(costs, "<polyline"))
}

func TestPlotRefusesOtherFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "other.json")
	require.NoError(t, os.WriteFile(file, []byte(`{"a": 1}`), 0o644))
	require.ErrorContains(t, plotFiles(t.TempDir(), []string{file}), "no JSON of the bench")
}

func readSVG(t *testing.T, path string) string {
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	decoder := xml.NewDecoder(strings.NewReader(string(text)))
	for {
		_, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return string(text)
		}
		require.NoError(t, err)
	}
}

func TestStep(t *testing.T) {
	for most, want := range map[float64]float64{1: 0.2, 4: 1, 23: 5, 90: 20, 111: 50, 0: 1, 5: 1} {
		require.InDelta(t, want, step(most), 1e-9, "up to %v", most)
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1_000: "1,000", 1_234_567: "1,234,567"} {
		require.Equal(t, want, thousands(n))
	}
}
