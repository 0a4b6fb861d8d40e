// Package check looks at the Helm chart with Helm's own library: it lints and renders it with each
// set of values in deploy/helm/ci. It is a module of its own, so that Helm and Kubernetes are in
// nobody else's versions. It knows the chart's folder and nothing of the programs.
package check
