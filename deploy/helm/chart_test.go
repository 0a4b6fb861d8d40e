// Package helm_test renders the chart in Helm's way, with those of its functions that the templates
// use, so that the chart is looked at wherever the tests run.
package helm_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"text/template"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

type values = map[string]any

func read(t *testing.T, path string) values {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var v values
	require.NoError(t, yaml.Unmarshal(text, &v))
	return asHelm(v).(values)
}

// asHelm makes numbers what Helm takes them for: it reads YAML by way of JSON.
func asHelm(v any) any {
	switch v := v.(type) {
	case int:
		return float64(v)
	case values:
		for name, value := range v {
			v[name] = asHelm(value)
		}
	case []any:
		for i, value := range v {
			v[i] = asHelm(value)
		}
	}
	return v
}

// merged lays values over the chart's own.
func merged(base, over values) values {
	out := maps.Clone(base)
	for name, value := range over {
		if inner, ok := value.(values); ok {
			if below, ok := out[name].(values); ok {
				value = merged(below, inner)
			}
		}
		out[name] = value
	}
	return out
}

// functions are Helm's, as far as the templates use them.
func functions(root *template.Template) template.FuncMap {
	indent := func(n int, text string) string {
		return "\n" + strings.Repeat(" ", n) + strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", n))
	}
	return template.FuncMap{
		"include": func(name string, data any) (string, error) {
			var out bytes.Buffer
			err := root.ExecuteTemplate(&out, name, data)
			return out.String(), err
		},
		"toYaml": func(v any) (string, error) {
			text, err := yaml.Marshal(v)
			return strings.TrimSuffix(string(text), "\n"), err
		},
		"required": func(why string, v any) (any, error) {
			if v == nil || v == "" {
				return nil, errors.New(why)
			}
			return v, nil
		},
		"default": func(fallback, v any) any {
			if v == nil || v == "" {
				return fallback
			}
			return v
		},
		"ternary": func(yes, no any, which bool) any {
			if which {
				return yes
			}
			return no
		},
		"append": func(list []any, v any) []any { return append(list[:len(list):len(list)], v) },
		"int":    func(v any) int { n, _ := v.(float64); return int(n) },
		"kindIs": func(kind string, v any) bool { return reflect.ValueOf(v).Kind().String() == kind },
		"toJson": func(v any) (string, error) {
			text, err := json.Marshal(v)
			return string(text), err
		},
		"quote":      func(v any) string { return fmt.Sprintf("%q", fmt.Sprint(v)) },
		"nindent":    indent,
		"replace":    func(old, by, text string) string { return strings.ReplaceAll(text, old, by) },
		"trunc":      func(n int, text string) string { return text[:min(n, len(text))] },
		"trimSuffix": func(end, text string) string { return strings.TrimSuffix(text, end) },
	}
}

// render gives the documents of the chart, by kind and name.
func render(t *testing.T, over values) (map[string]values, error) {
	t.Helper()
	chart := read(t, "Chart.yaml")
	root := template.New("chart").Option("missingkey=zero")
	root.Funcs(functions(root))
	files, err := filepath.Glob("templates/*")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	_, err = root.ParseFiles(files...)
	require.NoError(t, err)
	data := values{
		"Values": merged(read(t, "values.yaml"), over), "Release": values{"Name": "audiences", "Service": "Helm"},
		"Chart": values{"Name": chart["name"], "Version": chart["version"], "AppVersion": chart["appVersion"]},
	}
	documents := map[string]values{}
	for _, file := range files {
		if !strings.HasSuffix(file, ".yaml") {
			continue
		}
		var out bytes.Buffer
		if err := root.ExecuteTemplate(&out, filepath.Base(file), data); err != nil {
			return nil, err
		}
		for _, text := range strings.Split(out.String(), "\n---\n") {
			var document values
			require.NoError(t, yaml.Unmarshal([]byte(text+"\n"), &document), "%s:\n%s", file, text)
			if document == nil {
				continue
			}
			require.NotEmpty(t, document["apiVersion"], text)
			metadata := document["metadata"].(values)
			documents[fmt.Sprint(document["kind"], " ", metadata["name"])] = document
		}
	}
	return documents, nil
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
	documents, err := render(t, read(t, "ci/least-values.yaml"))
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
	documents, err := render(t, read(t, "ci/full-values.yaml"))
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
