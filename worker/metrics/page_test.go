package metrics

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"audienceflow/monitoring"
)

// described finds name and labels in what a description says of itself.
var described = regexp.MustCompile(`fqName: "([^"]+)".*variableLabels: \{([^}]*)\}`)

// TestThePageListsAllMetrics compares the table of docs/monitoring.md with what a worker has.
func TestThePageListsAllMetrics(t *testing.T) {
	page, err := os.ReadFile("../../docs/monitoring.md")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(page), "\n## Metrics of a worker\n")
	require.True(t, found)
	section, _, _ := strings.Cut(rest, "\n## ")
	var written []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| ([a-z, ]+) \\|").FindAllStringSubmatch(section, -1) {
		written = append(written, row[1]+": "+row[2])
	}
	list := make(chan *prometheus.Desc, 100)
	for _, collector := range append(New().ours(), &monitoring.Streams{Now: time.Now}) {
		collector.Describe(list)
	}
	close(list)
	made := []string{"audienceflow_build_info: program, version"}
	for description := range list {
		parts := described.FindStringSubmatch(description.String())
		require.NotNil(t, parts, description.String())
		made = append(made, parts[1]+": "+strings.ReplaceAll(parts[2], ",", ", "))
	}
	slices.Sort(made)
	slices.Sort(written)
	require.Equal(t, made, written)
}
