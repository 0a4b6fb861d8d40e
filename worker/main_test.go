package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAWorkerTakesNoArguments(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"bogus"}, exitUsage, `"bogus"`},
		{[]string{"-destination", "x"}, exitUsage, "the environment configures it"},
		{[]string{"--help"}, 0, "DYNAMICS_*"},
		{[]string{"--version"}, 0, "worker "},
	} {
		var out bytes.Buffer
		require.Equal(t, c.code, run(t.Context(), c.args, &out, &out), c.args)
		require.Contains(t, out.String(), c.says)
	}
}

func TestEverythingWrongInTheEnvironmentIsSaidAtOnce(t *testing.T) {
	t.Setenv("RETENTION", "a month")
	t.Setenv("LOG_LEVEL", "loud")
	t.Setenv("LOG_FORMAT", "xml")
	t.Setenv("WORKER_LISTEN", "8091")
	t.Setenv("DYNAMICS_REQUEST_SIZE", "many")
	t.Setenv("DYNAMICS_DAILY_ROWS", "-1")
	t.Setenv("DYNAMICS_ENVIRONMENT", "")
	t.Setenv("STORE_URL", "mysql://db")
	t.Setenv("WORKER_DEPLOYMENT", "crm.eu")
	var out bytes.Buffer
	require.Equal(t, exitUsage, run(t.Context(), nil, &out, &out))
	for _, variable := range []string{"RETENTION", "LOG_LEVEL", "LOG_FORMAT: \"xml\" is no form of a log: use text or json", "WORKER_LISTEN", "DYNAMICS_REQUEST_SIZE", "DAILY_ROWS", "ENVIRONMENT", "STORE_URL", "WORKER_DEPLOYMENT"} {
		require.Contains(t, out.String(), variable)
	}
}
