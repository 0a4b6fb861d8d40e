package dynamics_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics"
)

func config(change func(*dynamics.Config)) dynamics.Config {
	cfg := dynamics.Config{
		Environment: "org57771b33",
		TenantID:    "11111111-1111-1111-1111-111111111111",
		ClientID:    "client",
		Prefix:      "acme",
		Secret:      func() (string, error) { return "secret", nil },
	}
	change(&cfg)
	return cfg
}

func TestHostOfEveryWayToNameAnEnvironment(t *testing.T) {
	for _, tc := range []struct{ environment, region, host string }{
		{"org57771b33", "", "org57771b33.crm.dynamics.com"},
		{"org57771b33", "crm4", "org57771b33.crm4.dynamics.com"},
		{"ORG57771B33", "CRM4", "org57771b33.crm4.dynamics.com"},
		{"org", "crm77", "org.crm77.dynamics.com"},
		{"org", "EUR", "org.crm4.dynamics.com"},
		{"org", "gcc high", "org.crm.microsoftdynamics.us"},
		{"org", "DoD", "org.crm.appsplatform.us"},
		{"org", "chn", "org.crm.dynamics.cn"},
		{"org", "crm4.dynamics.com", "org.crm4.dynamics.com"},
		{"org.crm4.dynamics.com", "crm", "org.crm4.dynamics.com"},
		{"https://org.crm4.dynamics.com", "crm", "org.crm4.dynamics.com"},
		{"https://org.api.crm4.dynamics.com/api/data/v9.2/", "", "org.api.crm4.dynamics.com"},
		{"https://org.crm4.dynamics.com/main.aspx?appid=1", "", "org.crm4.dynamics.com"},
		{"http://127.0.0.1:9080", "", "127.0.0.1:9080"},
		{"http://localhost:9080/", "", "localhost:9080"},
		{"http://[::1]:9080", "", "[::1]:9080"},
	} {
		c, err := dynamics.New(config(func(c *dynamics.Config) { c.Environment, c.Region = tc.environment, tc.region }))
		require.NoError(t, err, tc.environment)
		require.Equal(t, tc.host, c.Host(), tc.environment)
	}
}

func TestConfigurationsThatAreRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*dynamics.Config)
		says   string
	}{
		"no environment":    {func(c *dynamics.Config) { c.Environment = "" }, "DYNAMICS_ENVIRONMENT is missing"},
		"plain http":        {func(c *dynamics.Config) { c.Environment = "http://org.crm4.dynamics.com" }, "use https"},
		"another scheme":    {func(c *dynamics.Config) { c.Environment = "ftp://org.crm4.dynamics.com" }, "use https"},
		"user in address":   {func(c *dynamics.Config) { c.Environment = "https://me:pw@org.crm4.dynamics.com" }, "holds a user name"},
		"blank in name":     {func(c *dynamics.Config) { c.Environment = "my org" }, "give the environment's name"},
		"region":            {func(c *dynamics.Config) { c.Region = "mars" }, "DYNAMICS_REGION"},
		"http authority":    {func(c *dynamics.Config) { c.Authority = "http://login.example" }, "DYNAMICS_AUTHORITY"},
		"tenant":            {func(c *dynamics.Config) { c.TenantID = "a/b" }, "DYNAMICS_TENANT_ID"},
		"no client id":      {func(c *dynamics.Config) { c.ClientID = "" }, "DYNAMICS_CLIENT_ID is missing"},
		"no secret":         {func(c *dynamics.Config) { c.Secret = nil }, "DYNAMICS_CLIENT_SECRET is missing"},
		"prefix too long":   {func(c *dynamics.Config) { c.Prefix = "abcdefghi" }, "DYNAMICS_PREFIX"},
		"prefix of theirs":  {func(c *dynamics.Config) { c.Prefix = "MSCRMx" }, "DYNAMICS_PREFIX"},
		"request too large": {func(c *dynamics.Config) { c.RequestSize = 1001 }, "DYNAMICS_REQUEST_SIZE"},
		"concurrency":       {func(c *dynamics.Config) { c.Concurrency = -1 }, "DYNAMICS_CONCURRENCY"},
		"time-out":          {func(c *dynamics.Config) { c.RequestTimeout = -1 }, "time-out"},
		"step id":           {func(c *dynamics.Config) { c.Bypass.StepIDs = []string{"x"} }, "not a GUID"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := dynamics.New(config(tc.change))
			require.ErrorContains(t, err, tc.says)
			require.NotContains(t, err.Error(), "pw")
		})
	}
}

func TestAllProblemsAreToldAtOnce(t *testing.T) {
	err := dynamics.Config{}.Validate()
	for _, setting := range []string{"ENVIRONMENT", "TENANT_ID", "CLIENT_ID", "CLIENT_SECRET"} {
		require.ErrorContains(t, err, "DYNAMICS_"+setting)
	}
}
