package host

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// setEnvironment sets variables of a destination by prefix and name, and what Azure sets by its
// full name.
func setEnvironment(t *testing.T, prefix string, variables map[string]string) {
	for _, name := range []string{
		"AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_AUTHORITY_HOST",
		"IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IDENTITY_SERVER_THUMBPRINT", "MSI_ENDPOINT", "MSI_SECRET", "IMDS_ENDPOINT",
	} {
		t.Setenv(name, "")
	}
	t.Setenv(prefix+"_ENVIRONMENT", "http://127.0.0.1:9080")
	for name, value := range variables {
		if name[0] == '_' {
			name = prefix + name
		}
		t.Setenv(name, value)
	}
}

const ownTenant = "11111111-1111-1111-1111-111111111111"

func TestWorkloadIdentityTakesWhatAKSSets(t *testing.T) {
	file := filepath.Join(t.TempDir(), "azure-identity-token")
	require.NoError(t, os.WriteFile(file, []byte("a.b.c\n"), 0o600))
	setEnvironment(t, "DYNAMICS", map[string]string{
		"_CREDENTIAL": "workload-identity", "AZURE_CLIENT_ID": "5", "AZURE_TENANT_ID": ownTenant,
		"AZURE_FEDERATED_TOKEN_FILE": file, "AZURE_AUTHORITY_HOST": "https://login.microsoftonline.us/",
	})
	c, err := LoadConfig()
	require.NoError(t, err)
	got := c.Destinations[0].dynamics()
	require.Equal(t, "5", got.ClientID)
	require.Equal(t, ownTenant, got.TenantID)
	require.Equal(t, "https://login.microsoftonline.us/", got.Authority)
	require.Nil(t, got.Secret)
	token, err := got.FederatedToken()
	require.NoError(t, err)
	require.Equal(t, "a.b.c", token)

	t.Setenv("DYNAMICS_CLIENT_ID", "6")
	t.Setenv("DYNAMICS_TENANT_ID", "own.example")
	t.Setenv("DYNAMICS_AUTHORITY", "http://127.0.0.1:9080")
	c, err = LoadConfig()
	require.NoError(t, err)
	got = c.Destinations[0].dynamics()
	require.Equal(t, []string{"6", "own.example", "http://127.0.0.1:9080"}, []string{got.ClientID, got.TenantID, got.Authority}, "ours go first")
}

func TestWhatAzureSetsIsNotTakenForASecret(t *testing.T) {
	setEnvironment(t, "DYNAMICS", map[string]string{"_CLIENT_SECRET": "s", "AZURE_CLIENT_ID": "5", "AZURE_TENANT_ID": ownTenant})
	_, err := LoadConfig()
	require.ErrorContains(t, err, "DYNAMICS_CLIENT_ID is missing")
	require.ErrorContains(t, err, "DYNAMICS_TENANT_ID is missing")
}

func TestManagedIdentityNeedsNeitherIDNorTenant(t *testing.T) {
	setEnvironment(t, "DYNAMICS", map[string]string{"_CREDENTIAL": "managed-identity"})
	c, err := LoadConfig()
	require.NoError(t, err)
	require.Equal(t, "system-assigned managed identity", c.Destinations[0].dynamics().ManagedIdentity.String())
	t.Setenv("AZURE_CLIENT_ID", "5")
	c, err = LoadConfig()
	require.NoError(t, err)
	require.Equal(t, "managed identity 5", c.Destinations[0].dynamics().ManagedIdentity.String())
	require.Equal(t, "5", c.Destinations[0].dynamics().ClientID)
}

func TestEachOfSeveralUsersSignsInItsOwnWay(t *testing.T) {
	folder := t.TempDir()
	own, azure := filepath.Join(folder, "own"), filepath.Join(folder, "azure")
	require.NoError(t, os.WriteFile(own, []byte("of a"), 0o600))
	require.NoError(t, os.WriteFile(azure, []byte("of azure"), 0o600))
	setEnvironment(t, "DYNAMICS_EMEA", map[string]string{
		"DYNAMICS_DESTINATIONS": "emea", "_TENANT_ID": ownTenant, "_CLIENTS": "a,b,c,d", "_CREDENTIAL": "workload-identity",
		"_CLIENT_A_ID": "1", "_CLIENT_A_FEDERATED_TOKEN_FILE": own, "_CLIENT_B_ID": "2", "AZURE_FEDERATED_TOKEN_FILE": azure,
		"_CLIENT_C_ID": "3", "_CLIENT_C_CREDENTIAL": "managed-identity",
		"_CLIENT_D_ID": "4", "_CLIENT_D_CREDENTIAL": "secret", "_CLIENT_D_SECRET": "s", "AZURE_CLIENT_ID": "5",
	})
	c, err := LoadConfig()
	require.NoError(t, err)
	users := c.Destinations[0].dynamics().Users
	require.Len(t, users, 4)
	for i, want := range []string{"of a", "of azure"} {
		token, err := users[i].FederatedToken()
		require.NoError(t, err)
		require.Equal(t, want, token)
	}
	require.Equal(t, "managed identity 3", users[2].ManagedIdentity.String())
	require.NotNil(t, users[3].Secret)
	require.Nil(t, users[3].FederatedToken)

	t.Setenv("DYNAMICS_EMEA_CLIENT_C_ID", "")
	t.Setenv("DYNAMICS_EMEA_CLIENT_D_CREDENTIAL", "managed-identity")
	t.Setenv("DYNAMICS_EMEA_CLIENT_D_SECRET", "")
	t.Setenv("DYNAMICS_EMEA_CLIENT_D_ID", "")
	_, err = LoadConfig()
	require.ErrorContains(t, err, "the same application user", "there is one system-assigned identity")
}

func TestCredentialsThatDoNotFitAreSaid(t *testing.T) {
	for name, test := range map[string]struct {
		set  map[string]string
		says []string
	}{
		"unknown":             {map[string]string{"_CREDENTIAL": "msi"}, []string{`DYNAMICS_CREDENTIAL is "msi"`, "workload-identity"}},
		"no secret":           {map[string]string{"_CREDENTIAL": "secret", "_CERTIFICATE_FILE": "/x"}, []string{"DYNAMICS_CREDENTIAL is secret, and there is none", "DYNAMICS_CLIENT_SECRET_FILE"}},
		"no certificate":      {map[string]string{"_CREDENTIAL": "certificate", "_CLIENT_SECRET": "hunter2"}, []string{"set DYNAMICS_CERTIFICATE_FILE"}},
		"a secret beside":     {map[string]string{"_CREDENTIAL": "managed-identity", "_CLIENT_SECRET": "hunter2"}, []string{"a secret or certificate is set beside it"}},
		"no token":            {map[string]string{"_CREDENTIAL": "workload-identity", "_CLIENT_ID": "1"}, []string{"AZURE_FEDERATED_TOKEN_FILE", "azure.workload.identity/use", "DYNAMICS_FEDERATED_TOKEN_FILE"}},
		"no id":               {map[string]string{"_CREDENTIAL": "workload-identity", "_FEDERATED_TOKEN_FILE": "/x"}, []string{"DYNAMICS_CLIENT_ID is missing"}},
		"no token of a user":  {map[string]string{"_CLIENTS": "a", "_CLIENT_A_ID": "1", "_CLIENT_A_CREDENTIAL": "workload-identity"}, []string{"DYNAMICS_CLIENT_A_FEDERATED_TOKEN_FILE"}},
		"no secret of a user": {map[string]string{"_CLIENTS": "a", "_CLIENT_A_ID": "1", "_CREDENTIAL": "secret"}, []string{"DYNAMICS_CLIENT_A_SECRET"}},
		"a token beside":      {map[string]string{"_CLIENTS": "a", "_CLIENT_A_ID": "1", "_CLIENT_A_SECRET": "hunter2", "_FEDERATED_TOKEN_FILE": "/x"}, []string{"DYNAMICS_CLIENTS and DYNAMICS_FEDERATED_TOKEN_FILE are both set"}},
		"not here":            {map[string]string{"_CREDENTIAL": "managed-identity", "_CLIENT_ID": "1", "MSI_ENDPOINT": "http://127.0.0.1:1/token"}, []string{"DYNAMICS_CREDENTIAL is managed-identity", "user-assigned"}},
	} {
		t.Run(name, func(t *testing.T) {
			setEnvironment(t, "DYNAMICS", map[string]string{"_TENANT_ID": ownTenant})
			setEnvironment(t, "DYNAMICS", test.set)
			_, err := LoadConfig()
			for _, says := range test.says {
				require.ErrorContains(t, err, says)
			}
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
}

func TestACertificateIsLeftOutWhereTheSecretIsAskedFor(t *testing.T) {
	setEnvironment(t, "DYNAMICS", map[string]string{"_TENANT_ID": ownTenant, "_CLIENT_ID": "1", "_CLIENT_SECRET": "s", "_CERTIFICATE_FILE": "/x", "_CREDENTIAL": "secret"})
	c, err := LoadConfig()
	require.NoError(t, err)
	require.Nil(t, c.Destinations[0].dynamics().Certificate)
	require.NotNil(t, c.Destinations[0].dynamics().Secret)
}
