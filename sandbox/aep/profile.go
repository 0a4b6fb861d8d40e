package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"time"
)

// membership, identity and profile have the shape of Adobe's HTTP API destination.
type membership struct {
	LastQualificationTime string `json:"lastQualificationTime"`
	Status                string `json:"status"`
}

type identity struct {
	ID string `json:"id"`
}

type profile struct {
	Person struct {
		Name struct {
			FirstName string `json:"firstName"`
			LastName  string `json:"lastName"`
		} `json:"name"`
	} `json:"person"`
	PersonalEmail struct {
		Address string `json:"address"`
	} `json:"personalEmail"`
	SegmentMembership map[string]map[string]membership `json:"segmentMembership"`
	IdentityMap       map[string][]identity            `json:"identityMap"`
}

func newProfile(contact, audience, firstName, status string, at time.Time) profile {
	var p profile
	p.Person.Name.FirstName, p.Person.Name.LastName = firstName, "Rehearsal"
	p.PersonalEmail.Address = "rehearsal@example.com"
	p.SegmentMembership = map[string]map[string]membership{"ups": {
		audience:                               {LastQualificationTime: at.UTC().Format(time.RFC3339Nano), Status: status},
		"59bd2fkd-3c48-4b18-bf56-4f5c5e6967ae": {LastQualificationTime: "2022-01-02T23:37:33Z", Status: "realized"},
	}}
	p.IdentityMap = map[string][]identity{"contactId": {{ID: contact}}, "ecid": {{ID: "14575006536349286404619648085736425115"}}}
	return p
}

// bodyOf is one profile alone, or several as a list.
func bodyOf(profiles []profile, packed bool) ([]byte, error) {
	var text []byte
	var err error
	if len(profiles) == 1 {
		text, err = json.Marshal(profiles[0])
	} else {
		text, err = json.Marshal(profiles)
	}
	if err != nil || !packed {
		return text, err
	}
	var body bytes.Buffer
	writer := gzip.NewWriter(&body)
	if _, err := writer.Write(text); err != nil {
		return nil, err
	}
	err = writer.Close()
	return body.Bytes(), err
}
