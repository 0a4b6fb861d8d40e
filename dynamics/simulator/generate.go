package simulator

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

var (
	firstNames = []string{"Ahmed", "Zoë", "Ana", "Søren", "Chloé", "Mateusz", "Yuki", "Priya", "Lars", "Ingrid", "Tomás", "Fatima", "Björn", "Aoife", "Dmitri", "Nkechi", "Wei", "Lucía", "Henrik", "Élodie", "Jan", "Olga", "Paul", "Mary", "Kofi", "Sofia", "Noah", "Emma", "Liam", "Mia"}
	lastNames  = []string{"Ndiaye", "Haddad", "Müller", "van der Berg", "O'Brien", "Nowak", "Tanaka", "Sharma", "Johansson", "García", "Silva", "Hansen", "Kowalska", "Rossi", "Dubois", "Schmidt", "Novák", "Smith", "Jones", "Petrov", "Yılmaz", "Chen", "Kim", "Okafor", "Lindqvist", "Moreau", "Weber", "Costa", "Ivanova", "Brown"}
	cities     = []string{"Berlin", "Paris", "Zürich", "Kraków", "Malmö", "São Paulo", "Lyon", "Graz", "Oslo", "Porto"}
	jobTitles  = []string{"Engineer", "Buyer", "Analyst", "Director", "Nurse", "Teacher", "Designer", "Clerk"}
)

const (
	generatedAccounts = 10
	// generatedAt is when generated contacts were created: fixed, so that a seed gives the same
	// rows at any time.
	generatedAt       = 1704067200 // 2024-01-01T00:00:00Z
	firstBirthDay     = -10957     // 1940-01-01
	birthDays         = 23725      // 65 years
	oneInEmptyBirth   = 4
	phoneNumbers      = 10000000
	firstPhone        = 49300000000
	generatedSaltBits = 0x5eed
)

// generate fills the tables with the contacts of a seed.
func (d *database) generate(seed int64, n int) {
	d.contacts.reserve(n)
	for i := range n {
		id := generated(seed, purposeContact, i)
		if _, taken := d.contacts.find(id); taken {
			continue
		}
		row := d.load(d.contacts, id)
		d.contacts.fill(row, seed, i)
	}
}

// load inserts a row as one that has been there for long.
func (d *database) load(t *table, id guid) uint32 {
	row := t.insert(id)
	d.version++
	t.versions[row] = d.version
	t.created[row], t.modified[row] = generatedAt, generatedAt
	return row
}

func (t *table) fill(row uint32, seed int64, i int) {
	state := mix(uint64(seed)^generatedSaltBits) + uint64(i)*goldenGamma
	draw := func(n int) int {
		state = mix(state)
		return int(state % uint64(n))
	}
	put := func(name, text string) { t.byName[name].put(row, textValue(text)) }
	put("firstname", firstNames[draw(len(firstNames))])
	put("lastname", lastNames[draw(len(lastNames))])
	put("emailaddress1", "c"+strconv.Itoa(i)+"@example.com")
	put("telephone1", "+"+strconv.Itoa(firstPhone+draw(phoneNumbers)))
	put("address1_city", cities[draw(len(cities))])
	put("jobtitle", jobTitles[draw(len(jobTitles))])
	if day := draw(birthDays); draw(oneInEmptyBirth) != 0 {
		t.byName["birthdate"].put(row, numValue(int64(firstBirthDay+day)))
	}
}

func (d *database) generateAccounts(seed int64) {
	for i := range generatedAccounts {
		id := generated(seed, purposeAccount, i)
		if _, held := d.accounts.find(id); held {
			continue
		}
		row := d.load(d.accounts, id)
		d.accounts.byName["name"].put(row, textValue(fmt.Sprintf("Account %d", i+1)))
	}
}

// loadCSV reads contacts from a file with a header of logical names; an empty cell is null.
func (d *database) loadCSV(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("contacts-from: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	r := csv.NewReader(file)
	r.ReuseRecord = true
	header, err := r.Read()
	if err != nil {
		return fmt.Errorf("contacts-from %s: read the header: %w", path, err)
	}
	columns, err := d.csvColumns(header)
	if err != nil {
		return fmt.Errorf("contacts-from %s: %w", path, err)
	}
	var known internedTexts
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("contacts-from %s: %w", path, err)
		}
		if err := d.loadRecord(columns, record, &known); err != nil {
			line, _ := r.FieldPos(0)
			return fmt.Errorf("contacts-from %s: line %d: %w", path, line, err)
		}
	}
}

func (d *database) csvColumns(header []string) ([]*attribute, error) {
	columns := make([]*attribute, len(header))
	withID := false
	for i, name := range header {
		name = strings.TrimPrefix(name, "\ufeff")
		c := d.contacts.byName[name]
		if c == nil || c.readOnly {
			return nil, fmt.Errorf("the header names %q, which is no writable column of contact (logical names are wanted; custom columns are declared with -column)", name)
		}
		columns[i] = c
		withID = withID || c.kind == kindID
	}
	if !withID {
		return nil, errors.New("the header has no contactid")
	}
	return columns, nil
}

func (d *database) loadRecord(columns []*attribute, record []string, known *internedTexts) error {
	cells := make([]assignment, 0, len(columns))
	var id guid
	for i, c := range columns {
		l := c.literal(strings.Clone(record[i]))
		v, answer := c.accept(d.contacts, l, known)
		switch {
		case answer != nil && l.kind != literalNull:
			return fmt.Errorf("%s: %s", c.name, answer.message)
		case c.kind == kindID:
			id = v.id
		default:
			cells = append(cells, assignment{c, v})
		}
	}
	if id == (guid{}) {
		return errors.New("contactid is empty")
	}
	if _, taken := d.contacts.find(id); taken {
		return errors.New("this contactid stands in an earlier line too")
	}
	row := d.load(d.contacts, id)
	for _, a := range cells {
		a.column.put(row, a.value)
	}
	return nil
}

// literal makes of a plain text what JSON would hold for the column.
func (c *attribute) literal(s string) jsonLiteral {
	switch {
	case s == "":
		return jsonLiteral{kind: literalNull}
	case c.kind.isText() || c.kind == kindDate || c.kind == kindDateTime || c.kind.isGUID():
		return jsonLiteral{literalText, []byte(s)}
	case c.kind == kindBoolean && (s == "true" || s == "1"):
		return jsonLiteral{kind: literalTrue}
	case c.kind == kindBoolean && (s == "false" || s == "0"):
		return jsonLiteral{kind: literalFalse}
	default:
		return jsonLiteral{literalNumber, []byte(s)}
	}
}
