package host

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAFileOfACredentialIsLookedAtWhenTheWorkerStarts: a missing one failed the first run instead.
func TestAFileOfACredentialIsLookedAtWhenTheWorkerStarts(t *testing.T) {
	folder := t.TempDir()
	there, empty, absent := filepath.Join(folder, "there"), filepath.Join(folder, "empty"), filepath.Join(folder, "absent")
	require.NoError(t, os.WriteFile(there, []byte("hunter2\n"), 0o600))
	require.NoError(t, os.WriteFile(empty, []byte(" \n"), 0o600))
	for name, set := range map[string]struct {
		variable string
		beside   map[string]string
	}{
		"secret":                        {"_CLIENT_SECRET_FILE", map[string]string{"_CLIENT_ID": "1"}},
		"certificate":                   {"_CERTIFICATE_FILE", map[string]string{"_CLIENT_ID": "1"}},
		"federated token":               {"_FEDERATED_TOKEN_FILE", map[string]string{"_CLIENT_ID": "1", "_CREDENTIAL": "workload-identity"}},
		"secret of several":             {"_CLIENT_A_SECRET_FILE", map[string]string{"_CLIENTS": "a", "_CLIENT_A_ID": "1"}},
		"certificate of one of several": {"_CLIENT_A_CERTIFICATE_FILE", map[string]string{"_CLIENTS": "a", "_CLIENT_A_ID": "1"}},
	} {
		t.Run(name, func(t *testing.T) {
			setEnvironment(t, "DYNAMICS", map[string]string{"_TENANT_ID": ownTenant})
			setEnvironment(t, "DYNAMICS", set.beside)
			for file, says := range map[string]string{there: "", empty: "which is empty", absent: "cannot be read: no such file or directory"} {
				t.Setenv("DYNAMICS"+set.variable, file)
				_, err := LoadConfig()
				if says == "" {
					require.NoError(t, err)
					continue
				}
				require.ErrorContains(t, err, "DYNAMICS"+set.variable+" names "+file)
				require.ErrorContains(t, err, says)
				require.NotContains(t, err.Error(), "hunter2")
			}
		})
	}
}
