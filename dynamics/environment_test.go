package dynamics

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAuthorityOfEveryCloud(t *testing.T) {
	for environment, authority := range map[string]string{
		"https://org.crm.dynamics.com":           "https://login.microsoftonline.com",
		"https://org.crm9.dynamics.com":          "https://login.microsoftonline.com",
		"https://org.crm.microsoftdynamics.us":   "https://login.microsoftonline.us",
		"https://org.crm.appsplatform.us":        "https://login.microsoftonline.us",
		"https://org.crm.dynamics.cn":            "https://login.partner.microsoftonline.cn",
		"https://dynamics.example":               "https://login.microsoftonline.com",
		"http://127.0.0.1:9080":                  "http://127.0.0.1:9080",
		"https://org.crm.dynamics.cn.evil.test/": "https://login.microsoftonline.com",
	} {
		base, err := resolveEnvironment(environment, "")
		require.NoError(t, err)
		got, err := resolveAuthority("", base)
		require.NoError(t, err)
		require.Equal(t, authority, got.String(), environment)
		given, err := resolveAuthority("https://sts.example/adfs/", base)
		require.NoError(t, err)
		require.Equal(t, "https://sts.example/adfs", given.String())
	}
}
