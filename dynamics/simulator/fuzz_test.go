package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func FuzzJSON(f *testing.F) {
	for _, seed := range []string{`{"a":[1,-2.5e3,true,null,"x\u00e9\ud83d\ude00\\"]}`, `[]`, `"`, `{"a":1,}`, `01`, `-`, `1e`, `"\ud800"`, "\"\x01\"", ` {} x`, `nul`, `"\u12"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := &scanner{data: data}
		l, err := s.value()
		if errors.Is(err, errJSONDeep) {
			return
		}
		good := err == nil && s.end()
		require.Equal(t, json.Valid(data), good)
		var text string
		if good && l.kind == literalText && utf8.Valid(data) {
			require.NoError(t, json.Unmarshal(data, &text))
			require.Equal(t, text, string(l.raw))
		}
	})
}

func FuzzTargets(f *testing.F) {
	const id = "5e41ab08-7439-411e-a9e4-9b199086d8d3"
	for _, seed := range []string{
		`{"Targets":[{"@odata.type":"Microsoft.Dynamics.CRM.contact","contactid":"` + id + `","firstname":"x","birthdate":"2020-01-02","creditlimit":1.5,"donotemail":true,"gendercode":1}]}`,
		`{"Targets":[{"parentcustomerid_account@odata.bind":"accounts(` + id + `)","@odata.id":"contacts(` + id + `)"}]}`,
		`{"Targets":[]}`, `{"Targets":{}}`, `{"targets":[]}`, `{"Targets":[{"contactid":null,"lastname":{"a":[]}}]}`, "\xef\xbb\xbf{}", `{"Targets":[1]}`, ``,
	} {
		f.Add([]byte(seed))
	}
	contacts := newContactTable()
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := (&call{}).parseTargets(contacts, body)
		if err != nil {
			require.GreaterOrEqual(t, err.status, 400)
			require.True(t, json.Valid(err.appendBody(nil, true)))
			return
		}
		require.True(t, json.Valid(trimBOM(body)))
		for _, r := range p.rows {
			for _, a := range p.assignments(r) {
				require.True(t, json.Valid(a.column.appendJSON(nil, a.value)), "what was accepted can be read back")
			}
		}
	})
}

func FuzzBatch(f *testing.F) {
	head := "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
	f.Add("multipart/mixed; boundary=x", []byte("--x\r\n"+head+"PATCH /api/data/v9.2/contacts(1) HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{\"a\":1}\r\n--x--\r\n"))
	f.Add("multipart/mixed;boundary=\"x\"", []byte("\r\n--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\n"+head+"GET $1/x HTTP/1.1\r\n--y--\r\n--x--"))
	f.Add("multipart/mixed; boundary=x", []byte("--x\n"+strings.ReplaceAll(head, "\r", "")+"POST contacts HTTP/1.1\n\n{}\n--x--"))
	f.Add("text/plain", []byte("--x--"))
	f.Add("multipart/mixed; boundary=x", []byte("--x\r\n--x\r\n--xx\r\n--x--"))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		parts, err := parseBatch(contentType, body)
		if err != nil {
			require.Equal(t, 400, err.status)
			return
		}
		require.NotEmpty(t, parts)
		total := 0
		for _, p := range parts {
			total += len(p.changeSet) + 1
			require.False(t, p.isSet && p.method != "")
		}
		require.LessOrEqual(t, total, 2*maxBatch)
	})
}

// fuzzTable has one row with something in every kind of column, and an empty one.
func fuzzTable() *table {
	d := newDatabase(func() time.Time { return time.Unix(generatedAt, 0) })
	d.generate(1, 2)
	t := d.contacts
	for _, c := range t.columns {
		if c.compute == nil && !c.kind.isText() {
			c.put(0, cell{set: true, ref: 1, num: 1})
		}
	}
	return t
}

func FuzzFilter(f *testing.F) {
	for _, seed := range []string{
		"firstname eq 'O''Brian'", "not (a eq 1) and b ne null or contains(firstname,'x')", "Microsoft.Dynamics.CRM.In(PropertyName='contactid',PropertyValues=['x'])",
		"birthdate gt 2020-01-01 and creditlimit le 5.5", "AttributeType eq Microsoft.Dynamics.CRM.AttributeTypeCode'Picklist'", "contactid eq 5e41ab08-7439-411e-a9e4-9b199086d8d3",
		"firstname eq @p1", "((((", "not not donotemail", "firstname in ('a','b')", "1 eq firstname", "firstname eq lastname", "'", "[", `firstname eq "a\u00e9"`,
		"Microsoft.Dynamics.CRM.Between(PropertyName='numberofchildren',PropertyValues=[\"1\",'2'])", "address1_latitude gt 1e300", "createdon ge 2020-01-01T00:00:00Z",
	} {
		f.Add(seed)
	}
	contacts := fuzzTable()
	f.Fuzz(func(t *testing.T, text string) {
		n, err := parseFilter(text, map[string]string{"@p1": "'x'", "@p2": "["})
		if err == nil {
			contacts.rowIDs(n)
			var test predicate
			if test, err = compile(contacts, n); err == nil {
				require.LessOrEqual(t, test(0), yes)
				require.LessOrEqual(t, test(1), yes)
				return
			}
		}
		require.Equal(t, 400, err.status)
	})
}

func FuzzApply(f *testing.F) {
	for _, seed := range []string{"aggregate($count as n)", "filter(donotemail)/groupby((gendercode),aggregate(creditlimit with sum as s))", "groupby((", "aggregate()", "/", "groupby((lastname,firstname))"} {
		f.Add(seed)
	}
	contacts := fuzzTable()
	f.Fuzz(func(t *testing.T, text string) {
		a, err := parseApply(&odataQuery{table: contacts, apply: text})
		if err != nil {
			require.Equal(t, 400, err.status)
			return
		}
		for _, g := range a.collect(contacts, contacts.sorted()) {
			require.True(t, json.Valid(g.append(nil, a)))
		}
	})
}

func FuzzSkipToken(f *testing.F) {
	c := &call{root: "http://x", version: "v9.2"}
	contacts := fuzzTable()
	link := c.nextLink(&odataQuery{table: contacts}, 1, contacts.sorted())
	f.Add(unescape(link[strings.IndexByte(link, '=')+1:]), 10)
	f.Add(`<cookie pagenumber="2" pagingcookie="%zz"/>`, 0)
	f.Add(`<cookie pagenumber="999999999" pagingcookie="last={}"/>`, 5000)
	f.Fuzz(func(t *testing.T, token string, size int) {
		from, err := parseSkipToken(token, min(max(size, 1), maxPage))
		if err != nil {
			require.Equal(t, 400, err.status)
			return
		}
		require.GreaterOrEqual(t, from.page, 1)
		require.GreaterOrEqual(t, from.skip, 0)
		q := &odataQuery{table: contacts}
		_, _, err = q.matches(from, 1)
		require.Nil(t, err)
	})
}

func FuzzPath(f *testing.F) {
	for _, seed := range []string{"contacts(5e41ab08-7439-411e-a9e4-9b199086d8d3)/firstname/$value", "contacts(emailaddress1='a/b''c')", "EntityDefinitions(LogicalName='x')/Attributes", "contacts(", ")", "a(b)(c)"} {
		f.Add(seed)
	}
	contacts := newContactTable()
	contacts.keys = []alternateKey{{columns: []string{"emailaddress1"}}}
	f.Fuzz(func(t *testing.T, path string) {
		for _, s := range splitPath(path) {
			_, err := contacts.parseKey(s.args)
			if err != nil {
				require.GreaterOrEqual(t, err.status, 400)
			}
		}
		_, err := url.Parse("http://x/?" + safeInURL(path))
		_ = err // links made of odd queries may be odd, but never panic
	})
}

func FuzzReplay(f *testing.F) {
	j := &journal{codes: map[*attribute]uint64{}}
	contacts := fuzzTable()
	log := j.appendPut(nil, contacts, 0, contacts.storedCells(nil, 0))
	f.Add(j.appendDelete(log, contacts, contacts.ids[0]))
	f.Add([]byte{opPut, contactTypeCode})
	f.Add([]byte{opColumn, contactTypeCode, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f})
	d := newDatabase(time.Now) // one for many logs: making one takes longer than replaying a log
	f.Fuzz(func(t *testing.T, log []byte) {
		for _, row := range d.contacts.rows {
			d.contacts.remove(row)
		}
		p := &replayer{db: d, columns: map[uint64]*attribute{}}
		err := p.apply(bytes.Clone(log))
		require.True(t, err == nil || errors.Is(err, errJournal))
	})
}

func FuzzColumn(f *testing.F) {
	for _, seed := range []string{"vipstatus:string:100", "acme_x:choice:3", "a:b:c:d", "x:money:", "x:memo:99999999999", "_:date", ":"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		c, err := customColumn(spec, "acme")
		if err != nil {
			return
		}
		require.Contains(t, c.name, "_")
		require.LessOrEqual(t, c.maxLength, maxColumnLength)
		require.LessOrEqual(t, len(c.options), maxColumnLength)
	})
}
