package host

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// environmentOf is that of a destination without users.
func environmentOf(prefix string) map[string]string {
	return map[string]string{
		prefix + "_ENVIRONMENT": "http://127.0.0.1:9080", prefix + "_TENANT_ID": "11111111-1111-1111-1111-111111111111",
	}
}

func TestApplicationUsersAreReadByTheirNames(t *testing.T) {
	folder := t.TempDir()
	secretFile, certificateFile := filepath.Join(folder, "secret"), filepath.Join(folder, "certificate.pem")
	require.NoError(t, os.WriteFile(secretFile, []byte("of a file\n"), 0o600))
	require.NoError(t, os.WriteFile(certificateFile, []byte("pem"), 0o600))
	for prefix, destinations := range map[string]string{"DYNAMICS": "", "DYNAMICS_EMEA": "emea"} {
		t.Run(prefix, func(t *testing.T) {
			for name, value := range environmentOf(prefix) {
				t.Setenv(name, value)
			}
			for name, value := range map[string]string{
				"CLIENTS": "a, Second-one,third", "CLIENT_A_ID": "1", "CLIENT_A_SECRET": "s~1",
				"CLIENT_SECOND_ONE_ID": "2", "CLIENT_SECOND_ONE_SECRET_FILE": secretFile,
				"CLIENT_THIRD_ID": "3", "CLIENT_THIRD_CERTIFICATE_FILE": certificateFile,
				"CLIENT_FOURTH_SECRET": "hunter2",
			} {
				t.Setenv(prefix+"_"+name, value)
			}
			t.Setenv("DYNAMICS_DESTINATIONS", destinations)
			c, err := LoadConfig()
			require.NoError(t, err)
			require.Equal(t, []string{prefix + "_CLIENT_FOURTH_SECRET"}, c.Unread, "of nobody that CLIENTS names")
			users := c.Destinations[0].dynamics().Users
			require.Len(t, users, 3)
			for i, want := range []struct{ name, id, secret string }{{"a", "1", "s~1"}, {"Second-one", "2", "of a file"}} {
				require.Equal(t, want.name, users[i].Name)
				require.Equal(t, want.id, users[i].ClientID)
				secret, err := users[i].Secret()
				require.NoError(t, err)
				require.Equal(t, want.secret, secret)
				require.Nil(t, users[i].Certificate)
			}
			require.Equal(t, prefix+"_CLIENT_SECOND_ONE_", users[1].Variables)
			require.Nil(t, users[2].Secret)
			certificate, err := users[2].Certificate()
			require.NoError(t, err)
			require.Equal(t, "pem", string(certificate))
		})
	}
}

func TestWhatIsWrongWithApplicationUsersIsSaid(t *testing.T) {
	two := map[string]string{"CLIENTS": "a,b", "CLIENT_A_ID": "1", "CLIENT_A_SECRET": "hunter2", "CLIENT_B_ID": "2", "CLIENT_B_SECRET": "hunter3"}
	const both = "keep DYNAMICS_EMEA_CLIENTS for several users"
	for name, test := range map[string]struct {
		change map[string]string
		says   []string
	}{
		"no id":                  {map[string]string{"CLIENT_B_ID": ""}, []string{"DYNAMICS_EMEA_CLIENT_B_ID is missing"}},
		"no secret":              {map[string]string{"CLIENT_A_SECRET": ""}, []string{"DYNAMICS_EMEA_CLIENT_A_SECRET is missing", "or a certificate"}},
		"nothing":                {map[string]string{"CLIENTS": "a,b,c"}, []string{"DYNAMICS_EMEA_CLIENT_C_ID is missing", "DYNAMICS_EMEA_CLIENT_C_SECRET is missing"}},
		"beside an id":           {map[string]string{"CLIENT_ID": "1"}, []string{"DYNAMICS_EMEA_CLIENTS and DYNAMICS_EMEA_CLIENT_ID are both set", both, "or keep DYNAMICS_EMEA_CLIENT_ID for a single one"}},
		"beside a secret":        {map[string]string{"CLIENT_SECRET": "hunter2"}, []string{"DYNAMICS_EMEA_CLIENT_SECRET are both set", both}},
		"beside a file":          {map[string]string{"CLIENT_SECRET_FILE": "/x"}, []string{"DYNAMICS_EMEA_CLIENT_SECRET_FILE are both set", both}},
		"beside a certificate":   {map[string]string{"CERTIFICATE_FILE": "/x"}, []string{"DYNAMICS_EMEA_CERTIFICATE_FILE are both set", both}},
		"one name twice":         {map[string]string{"CLIENTS": "a,b,a"}, []string{`names "a" twice`}},
		"one variable twice":     {map[string]string{"CLIENTS": "x-y,X_Y"}, []string{`names "X_Y" twice`, "the case do not count"}},
		"one user twice":         {map[string]string{"CLIENT_B_ID": "1"}, []string{"DYNAMICS_EMEA_CLIENT_A_ID and DYNAMICS_EMEA_CLIENT_B_ID are the same application user"}},
		"an empty name":          {map[string]string{"CLIENTS": "a,,b"}, []string{"DYNAMICS_EMEA_CLIENTS: number 2 is no name"}},
		"a comma at the end":     {map[string]string{"CLIENTS": "a,b,"}, []string{"number 3 is no name"}},
		"commas alone":           {map[string]string{"CLIENTS": ","}, []string{"number 1 is no name", "number 2 is no name"}},
		"blanks between":         {map[string]string{"CLIENTS": "a b"}, []string{"number 1 is no name", "commas between names"}},
		"semicolons":             {map[string]string{"CLIENTS": "a;b"}, []string{"commas between names"}},
		"secrets for names":      {map[string]string{"CLIENTS": "1:hunter2,2:hunter3"}, []string{"number 2 is no name", "variables of their own"}},
		"an equals sign":         {map[string]string{"CLIENTS": "a=hunter2"}, []string{"number 1 is no name"}},
		"a new line":             {map[string]string{"CLIENTS": "a,b\nhunter2"}, []string{"number 2 is no name"}},
		"a letter like another":  {map[string]string{"CLIENTS": "а,b"}, []string{"number 1 is no name"}}, // Cyrillic
		"a name without an end":  {map[string]string{"CLIENTS": strings.Repeat("hunter2", 20)}, []string{"number 1 is no name"}},
		"as a destination's own": {map[string]string{"CLIENTS": "a", "": "emea,emea-client-a"}, []string{"DYNAMICS_EMEA_CLIENT_A_* is both a destination's and a user's"}},
		"the other order":        {map[string]string{"CLIENTS": "a", "": "emea-client-a,emea"}, []string{"DYNAMICS_EMEA_CLIENT_A_* is both a destination's and a user's"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("DYNAMICS_DESTINATIONS", "emea")
			for _, set := range []map[string]string{two, test.change} {
				for name, value := range set {
					t.Setenv(strings.TrimSuffix("DYNAMICS_EMEA_"+name, "_"), value)
				}
			}
			if destinations := test.change[""]; destinations != "" {
				t.Setenv("DYNAMICS_DESTINATIONS", destinations)
			}
			for name, value := range environmentOf("DYNAMICS_EMEA") {
				t.Setenv(name, value)
			}
			c, err := LoadConfig()
			for _, says := range append(test.says, "destination emea") {
				require.ErrorContains(t, err, says)
			}
			require.NotContains(t, err.Error(), "hunter")
			require.NotContains(t, strings.Join(c.Unread, " "), "hunter")
		})
	}
}

func TestASingleUserStaysAsItWas(t *testing.T) {
	for name, value := range environmentOf("DYNAMICS") {
		t.Setenv(name, value)
	}
	t.Setenv("DYNAMICS_CLIENTS", " ")
	_, err := LoadConfig()
	require.ErrorContains(t, err, "DYNAMICS_CLIENT_ID is missing")
	require.ErrorContains(t, err, "DYNAMICS_CLIENT_SECRET is missing")
	t.Setenv("DYNAMICS_CLIENT_ID", "1")
	t.Setenv("DYNAMICS_CLIENT_SECRET", "s~1")
	c, err := LoadConfig()
	require.NoError(t, err)
	single := c.Destinations[0].dynamics()
	require.Nil(t, single.Users)
	require.Equal(t, "1", single.ClientID)
	secret, err := single.Secret()
	require.NoError(t, err)
	require.Equal(t, "s~1", secret)
}
