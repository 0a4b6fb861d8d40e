package source_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/runs"
)

const someTime = "2026-01-01T00:00:00Z"

// profileOf writes a profile from its two parts.
func profileOf(membership, identities string) string {
	return fmt.Sprintf(`{"segmentMembership":%s,"identityMap":%s,"person":{"name":{"firstName":"Ada"}}}`, membership, identities)
}

func inVIP(entry string) string { return `{"ups":{"vip":` + entry + `}}` }

func idsOf(list string) string { return `{"contactId":` + list + `}` }

func TestOrderOfChecks(t *testing.T) {
	good, realized := idsOf(`[{"id":"`+guidA+`"}]`), inVIP(`{"status":"realized","lastQualificationTime":"`+someTime+`"}`)
	for name, test := range map[string]struct{ membership, identities, want string }{
		"member":                         {realized, good, "9fd6@1"},
		"no membership, no id":           {`{"ups":{"other":{"status":"realized"}}}`, `{}`, "ignored@1"},
		"another namespace":              {`{"aam":{"vip":{"status":"realized"}}}`, good, "ignored@1"},
		"membership is null":             {inVIP(`null`), good, "ignored@1"},
		"memberships are null":           {`null`, good, "ignored@1"},
		"audience ids keep their case":   {`{"ups":{"VIP":{"status":"realized"}}}`, good, "ignored@1"},
		"missing id before status":       {inVIP(`{"status":"odd"}`), `{}`, "missing_contact_id@1"},
		"blank id":                       {realized, idsOf(`[{"id":" "}]`), "missing_contact_id@1"},
		"null id":                        {realized, idsOf(`[{"id":null}]`), "missing_contact_id@1"},
		"no entries":                     {realized, idsOf(`[]`), "missing_contact_id@1"},
		"invalid id before status":       {inVIP(`{"status":"odd"}`), idsOf(`[{"id":"a@b.example"}]`), "invalid_contact_id@1"},
		"number as id":                   {realized, idsOf(`[{"id":12}]`), "invalid_contact_id@1"},
		"unknown status":                 {inVIP(`{"status":"odd"}`), good, "unknown_status@1"},
		"missing status":                 {inVIP(`{}`), good, "unknown_status@1"},
		"status is no text":              {inVIP(`{"status":{"a":1}}`), good, "unknown_status@1"},
		"bare status":                    {inVIP(`"realized"`), good, "9fd6@1"},
		"namespace in capitals":          {`{"UPS":{"vip":{"status":"realized"}}}`, `{"CONTACTID":[{"id":"` + guidA + `"}]}`, "9fd6@1"},
		"prefix before every key":        {`{"xdm:ups":{"xdm:vip":{"xdm:status":"realized","xdm:lastQualificationTime":"` + someTime + `"}}}`, `{"xdm:contactId":[{"xdm:id":"` + guidA + `"}]}`, "9fd6@1"},
		"identities without list":        {realized, `{"contactId":{"id":"` + guidA + `"}}`, "9fd6@1"},
		"identities as text":             {realized, `{"contactId":["` + guidA + `"]}`, "9fd6@1"},
		"primary wins over a GUID":       {realized, idsOf(`[{"id":"` + guidA + `"},{"id":"` + guidB + `","primary":true}]`), "28c4@1"},
		"primary that is no GUID":        {realized, idsOf(`[{"id":"` + guidA + `"},{"id":"x","primary":true}]`), "invalid_contact_id@1"},
		"first GUID of several":          {realized, idsOf(`[{"id":"x"},{"id":"{` + guidB + `}"},{"id":"` + guidA + `"}]`), "28c4@1"},
		"no GUID: the first":             {realized, idsOf(`[{"id":"x"},{"id":""}]`), "invalid_contact_id@1"},
		"no GUID: the first, blank":      {realized, idsOf(`[{"id":""},{"id":"x"}]`), "missing_contact_id@1"},
		"primary is false":               {realized, idsOf(`[{"id":"` + guidA + `","primary":false},{"id":"` + guidB + `"}]`), "9fd6@1"},
		"two spellings of the namespace": {realized, `{"contactId":[{"id":"x"}],"ContactID":[{"id":"` + guidB + `"}]}`, "28c4@1"},
	} {
		t.Run(name, func(t *testing.T) {
			record := one(t, jsonActivation(), "p.json", profileOf(test.membership, test.identities))
			require.Equal(t, test.want, short([]audience.Record{record})[0])
			if record.Reason == runs.ReasonUnknownStatus {
				require.Equal(t, guidA, record.Contact)
			}
		})
	}
}

func TestMembershipTimes(t *testing.T) {
	ids := idsOf(`[{"id":"` + guidA + `"}]`)
	entry := func(status, time string) string {
		return `{"status":"` + status + `","lastQualificationTime":` + time + `}`
	}
	for name, test := range map[string]struct {
		membership string
		status     audience.Status
		time       time.Time
	}{
		"text":              {inVIP(entry("realized", `"2026-01-02T03:04:05+01:00"`)), audience.Realized, at("2026-01-02T02:04:05Z")},
		"number":            {inVIP(entry("realized", `1767225600000`)), audience.Realized, at(someTime)},
		"number as text":    {inVIP(entry("realized", `"1767225600"`)), audience.Realized, at(someTime)},
		"missing is oldest": {inVIP(`{"status":"realized"}`), audience.Realized, time.Time{}},
		"null is oldest":    {inVIP(entry("realized", `null`)), audience.Realized, time.Time{}},
		"odd is oldest":     {inVIP(entry("realized", `"soon"`)), audience.Realized, time.Time{}},
		"a day ahead":       {inVIP(entry("realized", `"2026-06-02T12:00:00Z"`)), audience.Realized, at("2026-06-02T12:00:00Z")},
		"more than a day":   {inVIP(entry("realized", `"2026-06-02T12:00:01Z"`)), audience.Realized, time.Time{}},
		"later spelling": {`{"ups":{"vip":` + entry("realized", `"2026-01-02T00:00:00Z"`) + `},"UPS":{"vip":` + entry("exited", `"2026-01-01T00:00:00Z"`) + `}}`,
			audience.Realized, at("2026-01-02T00:00:00Z")},
		"later spelling second": {`{"ups":{"vip":` + entry("realized", `"2026-01-02T00:00:00Z"`) + `},"UPS":{"vip":` + entry("exited", `1767398400`) + `}}`,
			audience.Exited, at("2026-01-03T00:00:00Z")},
		"a spelling too far ahead": {`{"ups":{"vip":` + entry("realized", `"2026-01-02T00:00:00Z"`) + `},"UPS":{"vip":` + entry("exited", `"2030-01-01T00:00:00Z"`) + `}}`,
			audience.Realized, at("2026-01-02T00:00:00Z")},
		"equal spellings exit": {`{"ups":{"vip":` + entry("exited", `"2026-01-01T00:00:00Z"`) + `},"xdm:Ups":{"vip":` + entry("realized", `"2026-01-01T00:00:00Z"`) + `}}`,
			audience.Exited, at(someTime)},
	} {
		t.Run(name, func(t *testing.T) {
			record := one(t, jsonActivation(), "p.json", profileOf(test.membership, ids))
			require.Equal(t, test.status, record.Status)
			require.Equal(t, test.time, record.Time)
		})
	}
}

func TestMappedValues(t *testing.T) {
	a := jsonActivation()
	body := `{"segmentMembership":{"ups":{"vip":{"status":"realized"}}},"identityMap":{"contactId":[{"id":"` + guidA + `"}],"Email":[{"id":"x"},{"id":"y","primary":true}]},
		"n":12.50,"big":1e400,"long":123456789012345678901234567890,"t":true,"f":false,"z":null,"e":"","b":" \t ","o":{},"l":[],"s":" x ",
		"u":"\u00c7a","nul":"a\u0000b","half":"a\ud800","whole":"\ud83d\ude00","d":1,"d":2,"xdm:p":{"xdm:q":[{"r":"first"},{"r":"second"}]},
		"flat.key":"flat","dot.ted":{"k":"v"}}`
	text := func(s string) audience.Value { return audience.Value{State: audience.ValueText, Text: s} }
	empty, unusable := audience.Value{}, audience.Value{State: audience.ValueUnusable}
	for source, want := range map[string]audience.Value{
		"n": text("12.50"), "big": text("1e400"), "long": text("123456789012345678901234567890"), "t": text("true"), "f": text("false"),
		"z": empty, "e": empty, "b": empty, "missing": empty, "n.deeper": empty, "o": unusable, "l": unusable, "s": text(" x "),
		"u": text("Ça"), "nul": unusable, "half": unusable, "whole": text("😀"), "d": text("2"), "p.q[1].r": text("second"), "xdm:p.xdm:q.0.r": text("first"),
		"p.q[2].r": empty, "p.q": unusable, "flat.key": text("flat"), `dot\.ted.k`: text("v"), "identityMap.email": text("y"),
	} {
		a.Mapping = []audience.Mapping{{Source: source, Target: "x"}}
		require.Equal(t, []audience.Value{want}, one(t, a, "p.json", body).Values, source)
	}
}

func TestContactIDFromPath(t *testing.T) {
	body := `{"segmentMembership":{"ups":{"vip":{"status":"realized"}}},"_acme":{"ids":{"crm":"{` + guidA + `}"}},"identityMap":{"CRM":[{"id":"` + guidB + `"}]},"crm":"` + guidC + `"}`
	for source, want := range map[string]string{"_acme.ids.crm": guidA, "crm": guidB, "identityMap.crm": guidB, "xdm:crm": guidB} {
		a := jsonActivation()
		a.Source.ContactID = source
		require.Equal(t, want, one(t, a, "p.json", body).Contact, source)
	}
}

func TestFlatJSON(t *testing.T) {
	a := jsonActivation()
	a.Source.ContactID, a.Source.Status, a.Source.LastQualificationTime = "crm", "st", "when"
	records := mustRead(t, a, "flat.ndjson", `{"crm":"`+guidA+`","st":"active","when":"2026-01-01 00:00:00"}`+"\n"+`{"crm":"`+guidB+`"}`)
	require.Equal(t, []string{"9fd6@1", "unknown_status@2"}, short(records))
	require.Equal(t, at(someTime), records[0].Time)

	a = jsonActivation()
	a.Source.ContactID, a.Source.ConstantStatus = "crm", audience.Exited
	r, err := open(t, a, "flat.ndjson", `{"crm":"`+guidA+`"}`)
	require.NoError(t, err)
	records, err = drain(t, r)
	require.NoError(t, err)
	require.Equal(t, audience.Exited, records[0].Status)
	require.Equal(t, r.AsOf(), records[0].Time)
}

func TestConsent(t *testing.T) {
	a := jsonActivation()
	a.RequireConsent = "consents.marketing.any.val"
	for consent, realized := range map[string]bool{
		`"consents":{"marketing":{"any":{"val":"y"}}}`:         true,
		`"xdm:consents":{"xdm:marketing":{"any":{"val":"y"}}}`: true,
		`"consents":{"marketing":{"any":{"val":"n"}}}`:         false,
		`"consents":{"marketing":{"any":{"val":"yes"}}}`:       false,
		`"consents":{"marketing":{"any":{"val":true}}}`:        false,
		`"consents":{}`: false,
	} {
		body := `{"segmentMembership":{"ups":{"vip":{"status":"realized","lastQualificationTime":"` + someTime + `"}}},"identityMap":{"contactId":[{"id":"` + guidA + `"}]},` + consent + `}`
		record := one(t, a, "p.json", body)
		require.Equal(t, !realized, record.NoConsent, consent)
		require.Equal(t, realized, record.Status == audience.Realized, consent)
		require.Equal(t, at(someTime), record.Time)
	}
	exited := `{"segmentMembership":{"ups":{"vip":{"status":"exited"}}},"identityMap":{"contactId":[{"id":"` + guidA + `"}]}}`
	require.False(t, one(t, a, "p.json", exited).NoConsent, "an exit needs no consent")
}

func TestAggregatedByAudience(t *testing.T) {
	profile := func(more string) string {
		return `{"identityMap":{"contactId":[{"id":"` + guidA + `"}]}` + more + `}`
	}
	r, err := open(t, jsonActivation(), "a.json", `[{"audienceId":"vip","audienceNamespace":"UPS","status":"exited","profiles":[`+
		profile(``)+`,`+profile(`,"status":"realized"`)+`,`+
		profile(`,"segmentMembership":{"ups":{"vip":{"status":"active","lastQualificationTime":"`+someTime+`"}}}`)+`]},`+
		`{"audienceId":"other","status":"realized","profiles":[`+profile(``)+`]},`+
		`{"profiles":[`+profile(``)+`],"audienceId":"vip","lastQualificationTime":"`+someTime+`","status":"realized"},`+
		`{"audienceId":"vip","audienceNamespace":"aam","profiles":[`+profile(``)+`]},{"audienceId":"vip","profiles":[`+profile(``)+`]}]`)
	require.NoError(t, err)
	records, err := drain(t, r)
	require.NoError(t, err)
	require.Equal(t, []string{"9fd6@1", "9fd6@1", "9fd6@1", "ignored@1", "9fd6@1", "ignored@1", "9fd6@1"}, short(records))
	require.Equal(t, audience.Exited, records[0].Status)
	require.Equal(t, r.AsOf(), records[0].Time, "lists without times are dated by their source")
	require.Equal(t, audience.Realized, records[1].Status)
	require.Equal(t, audience.Realized, records[2].Status)
	require.Equal(t, at(someTime), records[2].Time)
	require.Equal(t, at(someTime), records[4].Time)
}
