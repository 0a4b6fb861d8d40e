package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The audience that is activated: profiles as Adobe Experience Platform exports them.
const (
	audienceID   = "bench"
	destination  = "dynamics"
	statusColumn = "acme_vipstatus"
	otherColumn  = "acme_peerstatus" // of the bare loop and the peers

	sourceFile     = "bench.ndjson"
	activationFile = "bench.yaml"

	// exitEach makes one contact in so many an exited one.
	exitEach = 20
	// changeEach is one changed contact in so many of the second activation.
	changeEach = 100
)

const activationText = `destination: ` + destination + `
audience: ` + audienceID + `
mappingId: ` + statusColumn + `
source: {url: ` + sourceFile + `, format: aep-json}
mapping:
  - {source: person.name.firstName, target: firstname}
  - {source: person.name.lastName, target: lastname}
  - {source: personalEmail.address, target: emailaddress1}
  - {source: person.birthDate, target: birthdate}
`

// person is a contact as one version of the source describes it.
type person struct {
	id                       string
	status                   string
	first, last, mail, birth string
	when                     time.Time
}

// qualified is when the audience's contacts entered it.
var qualified = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// personAt is the n-th contact. A version above 1 differs from the first one in one contact of
// changeEach.
func personAt(id string, n, version int) person {
	p := person{
		id: id, status: "realized", first: fmt.Sprint("First", n), last: fmt.Sprint("Last", n), mail: fmt.Sprintf("m%d@example.org", n),
		birth: time.Date(1950, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n%20_000).Format(time.DateOnly),
		when:  qualified.Add(time.Duration(n%86_400) * time.Second),
	}
	if n%exitEach == 0 {
		p.status = "exited"
	}
	if version > 1 && n%changeEach == 0 {
		p.mail, p.when = fmt.Sprintf("m%d.%d@example.org", n, version), p.when.AddDate(0, 0, version)
	}
	return p
}

const profileFormat = `{"person":{"name":{"firstName":%q,"lastName":%q},"birthDate":%q},"personalEmail":{"address":%q},` +
	`"segmentMembership":{"ups":{"` + audienceID + `":{"status":%q,"lastQualificationTime":%q}}},` +
	`"identityMap":{"contactId":[{"id":%q}],"ECID":[{"id":"%038d"}]}}` + "\n"

// writeSource writes a version of the audience and its activation file into a folder, and gives the
// latter's path.
func writeSource(folder string, ids []string, version int) (string, error) {
	file, err := os.Create(filepath.Join(folder, sourceFile))
	if err != nil {
		return "", err
	}
	defer file.Close()
	out := bufio.NewWriter(file)
	for n, id := range ids {
		p := personAt(id, n, version)
		fmt.Fprintf(out, profileFormat, p.first, p.last, p.birth, p.mail, p.status, p.when.Format(time.RFC3339), p.id, n)
	}
	if err := out.Flush(); err != nil {
		return "", err
	}
	path := filepath.Join(folder, activationFile)
	return path, os.WriteFile(path, []byte(activationText), 0o644)
}

// targets is the body of an UpdateMultiple: the columns that an activation writes, the status in a
// column of its own so that the activation finds none of it done.
func targets(ids []string, from int) string {
	var b strings.Builder
	b.WriteString(`{"Targets":[`)
	for n, id := range ids {
		if n > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"@odata.type":"Microsoft.Dynamics.CRM.contact","contactid":%q,%s}`, id, members(id, from+n))
	}
	b.WriteString(`]}`)
	return b.String()
}

// members are the columns of one contact.
func members(id string, n int) string {
	p := personAt(id, n, 1)
	return fmt.Sprintf(`%q:%q,"firstname":%q,"lastname":%q,"emailaddress1":%q,"birthdate":"1949-12-31"`,
		otherColumn, p.status, "Other"+p.first, "Other"+p.last, "other."+p.mail)
}
