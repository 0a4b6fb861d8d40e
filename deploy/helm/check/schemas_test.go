package check

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

var (
	// swagger makes the folder schemas anew: api/openapi-spec/swagger.json of module
	// k8s.io/kubernetes.
	swagger = flag.String("swagger", "", "`file` of Kubernetes' API, to keep from it what the chart needs in schemas/")
	// rendered is for kubeconform.
	rendered = flag.String("rendered", "", "`folder` for what the chart renders")
)

// kept are the kinds that the chart makes, by the names that kubeconform has for their schemas.
var kept = map[string]string{
	"configmap-v1": "core.v1.ConfigMap", "deployment-apps-v1": "apps.v1.Deployment", "ingress-networking-v1": "networking.v1.Ingress",
	"job-batch-v1": "batch.v1.Job", "networkpolicy-networking-v1": "networking.v1.NetworkPolicy",
	"poddisruptionbudget-policy-v1": "policy.v1.PodDisruptionBudget", "service-v1": "core.v1.Service",
	"serviceaccount-v1": "core.v1.ServiceAccount",
}

// definitions takes those that others refer to, without words and strictly: what Kubernetes does
// not know is refused.
type definitions struct{ all, kept map[string]any }

func (d *definitions) take(name string) map[string]any {
	if _, known := d.kept[name]; !known {
		d.kept[name] = nil // it may refer to itself
		switch {
		case strings.HasSuffix(name, ".IntOrString"):
			d.kept[name] = values{"type": []string{"string", "integer"}}
		case strings.HasSuffix(name, ".Quantity"):
			d.kept[name] = values{"type": []string{"string", "number"}}
		default:
			d.kept[name] = d.strict(d.all[name])
		}
	}
	return values{"$ref": "#/definitions/" + name}
}

func (d *definitions) strict(v any) any {
	schema, ok := v.(values)
	if !ok {
		return v
	}
	if ref, ok := schema["$ref"].(string); ok {
		return d.take(filepath.Base(ref))
	}
	out := values{}
	for _, key := range []string{"type", "required", "enum"} {
		if value, ok := schema[key]; ok {
			out[key] = value
		}
	}
	for _, key := range []string{"items", "additionalProperties"} {
		if value, ok := schema[key]; ok {
			out[key] = d.strict(value)
		}
	}
	if properties, ok := schema["properties"].(values); ok {
		of := values{}
		for name, property := range properties {
			if name != "status" && name != "managedFields" { // the cluster's own
				of[name] = d.strict(property)
			}
		}
		out["properties"], out["additionalProperties"] = of, false
	}
	return out
}

// TestSchemasAreKept for every kind that the chart makes but those that do not come with
// Kubernetes.
func TestSchemasAreKept(t *testing.T) {
	if *swagger != "" {
		text, err := os.ReadFile(*swagger)
		require.NoError(t, err)
		var api struct{ Definitions values }
		require.NoError(t, json.Unmarshal(text, &api))
		d := definitions{api.Definitions, values{}}
		for file, name := range kept {
			d.take("io.k8s.api." + name)
			keep(t, file, values{"$ref": "kubernetes.json#/definitions/io.k8s.api." + name})
		}
		keep(t, "kubernetes", values{"definitions": d.kept})
	}
	for _, set := range sets {
		documents, err := render(t, read(t, set))
		require.NoError(t, err)
		var out bytes.Buffer
		encoder := yaml.NewEncoder(&out)
		for name, document := range documents {
			require.NoError(t, encoder.Encode(document))
			group, version, grouped := strings.Cut(document["apiVersion"].(string), "/")
			if !grouped {
				group, version = "", group
			} else {
				group, _, _ = strings.Cut(group, ".")
				group += "-"
			}
			kind, _, _ := strings.Cut(name, " ")
			if kind != "PodMonitor" { // Prometheus' operator's
				require.FileExists(t, path.Join(folder, "schemas")+"/"+strings.ToLower(kind)+"-"+group+version+".json")
			}
		}
		if *rendered != "" {
			require.NoError(t, os.WriteFile(filepath.Join(*rendered, set+".yaml"), out.Bytes(), 0o644))
		}
	}
}

func keep(t *testing.T, name string, schema any) {
	t.Helper()
	text, err := json.Marshal(schema)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path.Join(folder, "schemas")+"/"+name+".json", append(text, '\n'), 0o644))
}
