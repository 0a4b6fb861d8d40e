package host

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"

	"audienceflow/dynamics"
	"audienceflow/environment"
)

// UserConfig is one of several application users of a destination, read from
// DYNAMICS_CLIENT_<NAME>_* or DYNAMICS_<DESTINATION>_CLIENT_<NAME>_*.
type UserConfig struct {
	Name            string `ignored:"true"` // as CLIENTS lists it
	ID              string
	Secret          string
	SecretFile      string `split_words:"true"`
	CertificateFile string `split_words:"true"`

	prefix string // of its variables
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
		{"_CERTIFICATE_FILE", d.CertificateFile},
	} {
		if single.value != "" {
			add("%[1]s_CLIENTS and %[1]s%[2]s are both set: keep %[1]s_CLIENTS for several users, each with a %[1]s_CLIENT_<NAME>_ID "+
				"and a secret or certificate, or keep %[1]s%[2]s for a single one", prefix, single.variable)
		}
	}
	d.ClientID, d.ClientSecret, d.ClientSecretFile, d.CertificateFile = "", "", "", "" // told once
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

// logins are those that the destination is worked on as.
func (d DestinationConfig) logins() []UserConfig {
	if len(d.Users) == 0 {
		return []UserConfig{{ID: d.ClientID, Secret: d.ClientSecret, SecretFile: d.ClientSecretFile, CertificateFile: d.CertificateFile}}
	}
	return d.Users
}

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

// user is the client's configuration. Secrets are read anew at each sign-in, so a changed file is
// picked up.
func (u UserConfig) user() dynamics.User {
	user := dynamics.User{Name: u.Name, ClientID: u.ID}
	if u.prefix != "" {
		user.Variables = u.prefix + "_"
	}
	if u.Secret != "" || u.SecretFile != "" {
		user.Secret = u.secret
	}
	if u.CertificateFile != "" {
		user.Certificate = func() ([]byte, error) { return os.ReadFile(u.CertificateFile) }
	}
	return user
}

func (u UserConfig) secret() (string, error) {
	if u.SecretFile == "" {
		return u.Secret, nil
	}
	text, err := os.ReadFile(u.SecretFile)
	return strings.TrimSpace(string(text)), err
}
