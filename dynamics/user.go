package dynamics

import (
	"fmt"
	"slices"
	"strings"
)

// User is one application user of the environment, and how it signs in.
type User struct {
	// Name is what the configuration calls it; empty where there is only one.
	Name string
	// Variables is what the names of its variables begin with, for messages. Default
	// "DYNAMICS_CLIENT_", followed by the name.
	Variables string
	// ClientID is the application (client) id of its app registration.
	ClientID string
	// Secret, Certificate, FederatedToken and ManagedIdentity are as in Config.
	Secret          func() (string, error)
	Certificate     func() ([]byte, error)
	FederatedToken  func() (string, error)
	ManagedIdentity ManagedIdentity
}

// userSetting begins the names of the variables that are about a user.
const userSetting = "DYNAMICS_CLIENT_"

// variables is what the names of the user's variables begin with.
func (u User) variables() string {
	switch {
	case u.Variables != "":
		return u.Variables
	case u.Name == "":
		return userSetting
	}
	return userSetting + SettingName(u.Name) + "_"
}

// advise puts the user's own variables in a text that names those of the only one.
func (u User) advise(text string) string {
	return strings.ReplaceAll(text, userSetting, u.variables())
}

// SettingName is a name as it stands in the names of variables.
func SettingName(name string) string {
	return strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// users lists whom the client signs in as.
func (c Config) users() []User {
	if c.Users != nil {
		return c.Users
	}
	return []User{{ClientID: c.ClientID, Secret: c.Secret, Certificate: c.Certificate,
		FederatedToken: c.FederatedToken, ManagedIdentity: c.ManagedIdentity}}
}

// single is true if a user is given in Config's own fields.
func (c Config) single() bool {
	return c.ClientID != "" || c.Secret != nil || c.Certificate != nil || c.FederatedToken != nil || c.ManagedIdentity != nil
}

// needsTenant is true unless the hosts of managed identities sign all users in, in their own tenant.
func (c Config) needsTenant() bool {
	users := c.users()
	return len(users) == 0 || slices.ContainsFunc(users, func(u User) bool { return u.ManagedIdentity == nil })
}

// checkUsers tells everything that is wrong with the users. It repeats no id and no secret.
func (c Config) checkUsers() []error {
	var problems []error
	add := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if c.Users != nil && len(c.Users) == 0 {
		add("DYNAMICS_CLIENTS names no user: give names with commas between them, as in a,b")
	}
	if c.Users != nil && c.single() {
		add("DYNAMICS_CLIENTS and a single user are both given: keep one of them")
	}
	names, ids := map[string]bool{}, map[string]User{}
	for _, u := range c.users() {
		if names[SettingName(u.Name)] {
			add("DYNAMICS_CLIENTS names %q twice: give each user a name of its own, in which - and _ and the case do not count", u.Name)
			continue
		}
		names[SettingName(u.Name)] = true
		id := strings.ToLower(strings.TrimSpace(u.ClientID))
		if id == "" && u.ManagedIdentity == nil {
			add("%s is missing: give the application (client) id of the app registration", u.variables()+"ID")
		} else if other, used := ids[id]; used {
			add("%s and %s are the same application user, whose limits do not double: give each an app registration of its own, or name only one in DYNAMICS_CLIENTS",
				other.variables()+"ID", u.variables()+"ID")
		}
		ids[id] = u
		if !u.hasCredential() {
			add("%s is missing: give the client secret, or a certificate", u.variables()+"SECRET")
		}
	}
	return problems
}
