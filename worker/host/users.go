package host

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"audienceflow/dynamics"
	"audienceflow/dynamics/managedidentity"
	"audienceflow/environment"
)

// UserConfig is one of several application users of a destination, read from
// DYNAMICS_CLIENT_<NAME>_* or DYNAMICS_<DESTINATION>_CLIENT_<NAME>_*.
type UserConfig struct {
	Name               string `ignored:"true"` // as CLIENTS lists it
	ID                 string
	Credential         string
	Secret             string
	SecretFile         string `split_words:"true"`
	CertificateFile    string `split_words:"true"`
	FederatedTokenFile string `split_words:"true"`

	prefix   string // of its variables
	identity *managedidentity.Source
}

// userName is what a user may be called: it becomes part of the names of variables.
var userName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$`)

// loadUsers reads what CLIENTS names. What is no name may be a secret that was put there: it is not
// repeated.
func (d *DestinationConfig) loadUsers(prefix string) error {
	if len(d.Clients) == 0 {
		return nil
	}
	var problems []error
	add := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	for _, single := range []struct{ variable, value string }{
		{"_CLIENT_ID", d.ClientID}, {"_CLIENT_SECRET", d.ClientSecret}, {"_CLIENT_SECRET_FILE", d.ClientSecretFile},
		{"_CERTIFICATE_FILE", d.CertificateFile}, {"_FEDERATED_TOKEN_FILE", d.FederatedTokenFile},
	} {
		if single.value != "" {
			add("%[1]s_CLIENTS and %[1]s%[2]s are both set: keep %[1]s_CLIENTS for several users, each with a %[1]s_CLIENT_<NAME>_ID "+
				"and a secret or certificate, or keep %[1]s%[2]s for a single one", prefix, single.variable)
		}
	}
	d.ClientID, d.ClientSecret, d.ClientSecretFile, d.CertificateFile, d.FederatedTokenFile = "", "", "", "", "" // told once
	for i, name := range d.Clients {
		u := UserConfig{Name: strings.TrimSpace(name)}
		if !userName.MatchString(u.Name) {
			add("%s_CLIENTS: number %d is no name: give letters, digits, - and _ with commas between names, as in a,b; ids and secrets have variables of their own", prefix, i+1)
			continue
		}
		u.prefix = prefix + "_CLIENT_" + dynamics.SettingName(u.Name)
		problems = append(problems, environment.Read(u.prefix, &u))
		d.Users = append(d.Users, u)
	}
	return errors.Join(problems...)
}

// only is the user of a destination whose Clients names none.
func (d DestinationConfig) only() UserConfig {
	return UserConfig{
		ID: d.ClientID, Credential: d.Credential, Secret: d.ClientSecret, SecretFile: d.ClientSecretFile,
		CertificateFile: d.CertificateFile, FederatedTokenFile: d.FederatedTokenFile, identity: d.identity,
	}
}

// logins is how many users the destination is worked on as.
func (d DestinationConfig) logins() int { return max(1, len(d.Users)) }

// noteUsers notes by which prefixes users were read. None may be somebody else's, too.
func (c *Config) noteUsers(read map[string]any) error {
	var problems []error
	for _, d := range c.Destinations {
		for _, u := range d.Users {
			if _, isDestination := read[u.prefix].(*DestinationConfig); isDestination {
				problems = append(problems, fmt.Errorf("destination %s: %s_* is both a destination's and a user's: call one of them otherwise", d.Key, u.prefix))
				continue
			}
			read[u.prefix] = &UserConfig{}
		}
	}
	return errors.Join(problems...)
}
