package simulator_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
)

// The sandbox's audience names contacts by id: these must never change.
func TestGeneratedIDsAreFixed(t *testing.T) {
	require.Equal(t, "5e41ab08-7439-411e-a9e4-9b199086d8d3", simulator.GeneratedID(1, 0))
	require.Equal(t, "1feb6d36-805d-4c6d-ba30-3d9bc2d691ee", simulator.GeneratedID(1, 9999))
	require.Equal(t, "64684c4f-0fd7-44b4-8281-2f4bd5ba661a", simulator.GeneratedID(2, 0))
	seen := map[string]bool{}
	for i := range 100000 {
		seen[simulator.GeneratedID(1, i)] = true
	}
	require.Len(t, seen, 100000)
}

func TestSeedsGiveEqualContacts(t *testing.T) {
	list := func(seed int64) string {
		return start(t, simulator.Options{Seed: seed}).control("GET", "contacts?select=contactid,fullname,emailaddress1,birthdate", "").body
	}
	require.Equal(t, list(5), list(5))
	require.NotEqual(t, list(5), list(6))
}

func TestOptionRefusals(t *testing.T) {
	csv := func(text string) simulator.Options {
		path := filepath.Join(t.TempDir(), "c.csv")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return simulator.Options{ContactsFrom: path}
	}
	id := contact(0)
	for want, o := range map[string]simulator.Options{
		"want NAME:TYPE[:LENGTH]":        {Columns: []string{"vip"}},
		"unknown type \"text\"":          {Columns: []string{"vip:text"}},
		"is not a length":                {Columns: []string{"vip:string:x"}},
		"contact has it already":         {Columns: []string{"firstname:string", "acme_a:int", "acme_A:int"}},
		"contact has no column \"nope\"": {Keys: []string{"nope"}},
		"is not a publisher prefix":      {Prefix: "mscrmx"},
		"exclude each other":             {Contacts: 1, ContactsFrom: "x"},
		"no such file":                   {ContactsFrom: "/nowhere/x.csv"},
		"negative":                       {Contacts: -1},
		"latency":                        {Latency: -1},
		"the header names \"nope\"":      csv("contactid,nope\n"),
		"the header has no contactid":    csv("firstname\n"),
		"line 3: contactid is empty":     csv("contactid,firstname\n" + id + ",a\n,b\n"),
		"line 3: this contactid stands":  csv("contactid,firstname\n" + id + ",a\n" + strings.ToUpper(id) + ",b\n"),
		"line 2: birthdate: ":            csv("contactid,birthdate\n" + id + ",yesterday\n"),
		"line 2: donotemail: ":           csv("contactid,donotemail\n" + id + ",maybe\n"),
	} {
		_, err := simulator.New(o)
		require.ErrorContains(t, err, want)
	}
}

func TestPortTaken(t *testing.T) {
	e := start(t, simulator.Options{})
	_, err := simulator.StartOn(strings.TrimPrefix(e.url, "http://"), simulator.Options{})
	require.ErrorContains(t, err, "address already in use")
}
