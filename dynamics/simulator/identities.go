package simulator

import (
	"fmt"
	"strings"
)

// The users that rows can be modified by.
const (
	userApplication = iota // the application user that the client signs in as
	userElsewhere          // whoever changes contacts through the control endpoint
)

// The identities are fixed, so that they can be told apart in a log and compared in a test.
const (
	applicationUserID = "5a3d1c8e-7b42-4f0e-9a61-0c5e2f7d8b11"
	elsewhereUserID   = "8c2f6b1d-93e4-4a57-b8d0-1e7a4c9f3d22"
	businessUnitID    = "2d7e9f40-1c6b-4d83-8e95-6b0a3f5c7e33"
	organizationID    = "e1b4a6d2-58c7-4b39-a2f6-9d8c0e7b5a44"
	currencyID        = "f6c3d8a1-2e9b-4c75-91d4-7a0b5e8f6c55"
)

// application is one that may sign in, and its application user.
type application struct {
	id, secret string
	user       uint8
}

// userSecond is the first of the further application users.
const userSecond = userElsewhere + 1

// maxClients bounds them: a row remembers its user in a byte.
const maxClients = 100

// applications are the first one and those of Clients, ID:SECRET each.
func (o Options) applications() ([]application, error) {
	all := []application{{o.ClientID, o.ClientSecret, userApplication}}
	if len(o.Clients) > maxClients {
		return nil, fmt.Errorf("client: %d are more than %d", len(o.Clients), maxClients)
	}
	for i, spec := range o.Clients {
		id, secret, found := strings.Cut(spec, ":")
		if !found || id == "" || secret == "" {
			return nil, fmt.Errorf("client: number %d is not ID:SECRET", i+1)
		}
		for _, other := range all {
			if strings.EqualFold(other.id, id) {
				return nil, fmt.Errorf("client: %q is there twice", id)
			}
		}
		all = append(all, application{id, secret, uint8(userSecond + i)}) //nolint:gosec // at most maxClients
	}
	return all, nil
}

// application finds one by its id.
func (s *Server) application(id string) (application, bool) {
	for _, a := range s.applications {
		if strings.EqualFold(a.id, id) {
			return a, true
		}
	}
	return application{}, false
}

func userValue(user uint8) cell { return fixedLookup(userIDOf(user)) }

// userIDOf is the id of a user.
func userIDOf(user uint8) string {
	switch user {
	case userApplication:
		return applicationUserID
	case userElsewhere:
		return elsewhereUserID
	}
	return generated(0, purposeApplication, int(user)).String()
}

// userName is the name of a user.
func userName(user uint8) string {
	switch user {
	case userApplication:
		return "Audience Activation"
	case userElsewhere:
		return "Someone Else"
	}
	return fmt.Sprintf("Audience Activation %d", user-userSecond+2)
}

func owningUnit(*table, uint32) cell { return fixedLookup(businessUnitID) }

func fixedLookup(id string) cell {
	g, _ := parseGUID(id) // a constant of this file; its form is tested
	return cell{set: true, ref: 1, id: g}
}
