package simulator

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

func userValue(user uint8) cell {
	id := applicationUserID
	if user == userElsewhere {
		id = elsewhereUserID
	}
	return fixedLookup(id)
}

func owningUnit(*table, uint32) cell { return fixedLookup(businessUnitID) }

func fixedLookup(id string) cell {
	g, _ := parseGUID(id) // a constant of this file; its form is tested
	return cell{set: true, ref: 1, id: g}
}
