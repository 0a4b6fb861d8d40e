package check

import (
	"fmt"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
)

// folder is the chart's.
const folder = ".."

// sets are the names of the sets of values in deploy/helm/ci.
var sets = []string{"least", "full"}

type values = map[string]any

// read gives one of the sets of values that the chart is looked at with.
func read(t *testing.T, set string) values {
	t.Helper()
	v, err := chartutil.ReadValuesFile(path.Join(folder, "ci", set+"-values.yaml"))
	require.NoError(t, err)
	return v
}

// render gives the documents that Helm makes of the chart, by kind and name.
func render(t *testing.T, over values) (map[string]values, error) {
	t.Helper()
	chart, err := loader.Load(folder)
	require.NoError(t, err)
	given, err := chartutil.ToRenderValues(chart, over, chartutil.ReleaseOptions{Name: "audiences", Namespace: "default", IsInstall: true}, nil)
	require.NoError(t, err)
	files, err := engine.Engine{Strict: true}.Render(chart, given)
	if err != nil {
		return nil, err
	}
	documents := map[string]values{}
	for file, content := range files {
		if path.Ext(file) != ".yaml" {
			continue
		}
		for _, text := range strings.Split(content, "\n---\n") {
			var document values
			require.NoError(t, yaml.Unmarshal([]byte(text+"\n"), &document), "%s:\n%s", file, text)
			if document == nil {
				continue
			}
			require.NotEmpty(t, document["apiVersion"], text)
			documents[fmt.Sprint(document["kind"], " ", at(document, "metadata", "name"))] = document
		}
	}
	return documents, nil
}

// TestHelmHasNothingToSay of the chart with any set of values, as with helm lint --strict.
func TestHelmHasNothingToSay(t *testing.T) {
	for _, set := range sets {
		result := lint.All(folder, read(t, set), "default", true)
		for _, said := range result.Messages {
			require.Less(t, said.Severity, support.WarningSev, "%s: %s", set, said)
		}
	}
}

// at gives what stands at a path of keys.
func at(v any, path ...any) any {
	for _, step := range path {
		switch key := step.(type) {
		case string:
			v = v.(values)[key]
		case int:
			v = v.([]any)[key]
		}
	}
	return v
}

func TestTheChartRendersWithTheLeastThatHasToBeSaid(t *testing.T) {
	documents, err := render(t, read(t, "least"))
	require.NoError(t, err)
	require.ElementsMatch(t, []string{
		"Deployment audiences-audienceflow-worker", "PodDisruptionBudget audiences-audienceflow-worker", "Job audiences-audienceflow-migration",
		"ServiceAccount audiences-audienceflow", "NetworkPolicy audiences-audienceflow",
	}, sorted(documents))
	worker := documents["Deployment audiences-audienceflow-worker"]
	require.Equal(t, at(worker, "spec", "selector", "matchLabels"), at(worker, "spec", "template", "metadata", "labels"))
	require.Equal(t, 90, at(worker, "spec", "template", "spec", "terminationGracePeriodSeconds"))
	container := at(worker, "spec", "template", "spec", "containers", 0)
	require.Equal(t, "audienceflow:0.1.0", at(container, "image"))
	require.Equal(t, "/readyz", at(container, "readinessProbe", "httpGet", "path"))
	require.Equal(t, true, at(container, "securityContext", "readOnlyRootFilesystem"))
	require.Equal(t, "audienceflow-dynamics", at(container, "envFrom", 0, "secretRef", "name"))
}

func TestTheChartRendersWithEverythingSwitchedOn(t *testing.T) {
	documents, err := render(t, read(t, "full"))
	require.NoError(t, err)
	require.Len(t, documents, 11, sorted(documents))
	for name, document := range documents {
		if selector := at(document, "spec"); selector != nil && strings.HasPrefix(name, "PodDisruptionBudget") {
			labels := at(documents[strings.Replace(name, "PodDisruptionBudget", "Deployment", 1)], "spec", "template", "metadata", "labels").(values)
			for label, value := range at(document, "spec", "selector", "matchLabels").(values) {
				require.Equal(t, value, labels[label], name)
			}
		}
	}
	serve := at(documents["Deployment audiences-audienceflow-serve"], "spec", "template", "spec")
	require.Equal(t, "audiences-audienceflow-activations", at(serve, "volumes", 1, "configMap", "name"))
	require.Contains(t, at(documents["ConfigMap audiences-audienceflow-activations"], "data", "vip.yaml"), "audience: vip")
	require.Equal(t, "registry.example.org/audienceflow:20261127", at(serve, "containers", 0, "image"))
	require.Equal(t, "1000000", setting(documents["Deployment audiences-audienceflow-worker"], "DYNAMICS_DAILY_ROWS"))
	names := []any{}
	for _, from := range at(documents["Deployment audiences-audienceflow-worker"], "spec", "template", "spec", "containers", 0, "envFrom").([]any) {
		names = append(names, at(from, "secretRef", "name"))
	}
	require.Equal(t, []any{"dynamics-emea", "dynamics-us", "warehouse", "temporal-cloud"}, names)
}

// setting is a variable of the environment of a deployment's program.
func setting(deployment values, name string) any {
	for _, variable := range at(deployment, "spec", "template", "spec", "containers", 0, "env").([]any) {
		if at(variable, "name") == name {
			return at(variable, "value")
		}
	}
	return nil
}

func TestWhatHasToBeSaidIsAskedFor(t *testing.T) {
	_, err := render(t, values{"temporal": values{"address": "temporal:7233"}})
	require.ErrorContains(t, err, "store.existingSecret")
	_, err = render(t, values{"store": values{"existingSecret": "store"}})
	require.ErrorContains(t, err, "temporal.address")
}

func sorted(documents map[string]values) []string {
	names := make([]string, 0, len(documents))
	for name := range documents {
		names = append(names, name)
	}
	return names
}
