package source_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	_ "audienceflow/audience/parquet" // is tested here
)

type parquetMember struct {
	Status string    `parquet:"status"`
	Time   time.Time `parquet:"lastQualificationTime,optional,timestamp(microsecond)"`
}

type parquetIdentity struct {
	ID      string `parquet:"id"`
	Primary *bool  `parquet:"primary,optional"`
}

type parquetName struct {
	First *string `parquet:"firstName,optional"`
}

type parquetPerson struct {
	Name  *parquetName `parquet:"name,optional"`
	Birth int32        `parquet:"birthDate,date"`
}

type parquetProfile struct {
	Person      *parquetPerson                      `parquet:"xdm:person,optional"`
	Memberships map[string]map[string]parquetMember `parquet:"segmentMembership"`
	Identities  map[string][]parquetIdentity        `parquet:"identityMap"`
	Score       float64                             `parquet:"score"`
	Tags        []string                            `parquet:"tags,list"`
	Price       int64                               `parquet:"price,decimal(2:18)"`
}

func parquetFile[T any](t testing.TB, rows []T, options ...parquet.WriterOption) string {
	t.Helper()
	var file bytes.Buffer
	var schema T
	w := parquet.NewWriter(&file, append(options, parquet.SchemaOf(schema))...)
	for i := range rows {
		require.NoError(t, w.Write(&rows[i]))
	}
	require.NoError(t, w.Close())
	return file.String()
}

func parquetProfiles() []parquetProfile {
	yes, first, when := true, `Zoë "Z" O'Brien`, at(someTime)
	inVIP := func(status string, t time.Time) map[string]map[string]parquetMember {
		return map[string]map[string]parquetMember{"UPS": {"vip": {status, t}, "other": {"realized", time.Time{}}}, "aam": {}}
	}
	return []parquetProfile{
		{Person: &parquetPerson{Name: &parquetName{First: &first}, Birth: 19000}, Memberships: inVIP("existing", when),
			Identities: map[string][]parquetIdentity{"contactId": {{ID: guidB}, {ID: guidA, Primary: &yes}}, "ECID": {}}, Score: 1.5, Tags: []string{"x", "y"}, Price: -1205},
		{Memberships: inVIP("expired", time.Time{}), Identities: map[string][]parquetIdentity{"contactId": {{ID: "{" + guidB + "}"}}}},
		{Identities: map[string][]parquetIdentity{"contactId": {{ID: guidC}}}},
		{Memberships: inVIP("odd", time.Time{}), Identities: map[string][]parquetIdentity{"contactId": {{ID: guidC}}}},
		{Memberships: inVIP("active", time.Time{}), Person: &parquetPerson{}},
		{Memberships: inVIP("active", time.Time{}), Identities: map[string][]parquetIdentity{"contactId": {{ID: "bad\xff"}}}},
	}
}

func TestParquetProfiles(t *testing.T) {
	a := jsonActivation()
	for _, source := range []string{"person.birthDate", "score", "tags.1", "tags", "price"} {
		a.Mapping = append(a.Mapping, audience.Mapping{Source: source, Target: source})
	}
	records := mustRead(t, a, "part-00000.parquet", parquetFile(t, parquetProfiles()))
	require.Equal(t, []string{"9fd6@1", "28c4@2", "ignored@3", "unknown_status@4", "missing_contact_id@5", "unreadable_record@6"}, short(records))
	require.Equal(t, audience.Realized, records[0].Status)
	require.Equal(t, at(someTime), records[0].Time)
	text := func(s string) audience.Value { return audience.Value{State: audience.ValueText, Text: s} }
	require.Equal(t, []audience.Value{text(`Zoë "Z" O'Brien`), text("2022-01-08"), text("1.5"), text("y"), {State: audience.ValueUnusable}, text("-12.05")}, records[0].Values)
	require.Equal(t, audience.Exited, records[1].Status)
	require.Equal(t, time.Time{}, records[1].Time)
	require.Equal(t, audience.Value{}, records[1].Values[0])
}

type parquetRow struct {
	ID     string        `parquet:"id"`
	Status *string       `parquet:"status,optional"`
	Time   time.Time     `parquet:"time,timestamp(millisecond)"`
	Person parquetPerson `parquet:"person"`
	Wide   string        `parquet:"ups_vip"`
	Many   []string      `parquet:"many,list"`
}

func TestParquetTable(t *testing.T) {
	realized, first := "realized", "Ada"
	file := parquetFile(t, []parquetRow{
		{ID: guidA, Status: &realized, Time: at(someTime), Person: parquetPerson{Name: &parquetName{First: &first}}, Wide: "expired", Many: []string{"a", "b"}},
		{ID: guidB}, {ID: "x", Wide: " "},
	})
	a := csvActivation()
	a.Mapping = []audience.Mapping{{Source: "person.name.firstName", Target: "FirstName"}}
	records := mustRead(t, a, "table", file)
	require.Equal(t, []string{"9fd6@1", "unknown_status@2", "invalid_contact_id@3"}, short(records))
	require.Equal(t, at(someTime), records[0].Time)
	require.Equal(t, "Ada", records[0].Values[0].Text)

	a.Source.Status, a.Source.LastQualificationTime = "", ""
	r, err := open(t, a, "wide", file)
	require.NoError(t, err)
	wide, err := drain(t, r)
	require.NoError(t, err)
	require.Equal(t, []string{"9fd6@1", "ignored@2", "ignored@3"}, short(wide))
	require.Equal(t, audience.Exited, wide[0].Status)
	require.Equal(t, r.AsOf(), wide[0].Time)
	require.Equal(t, r.Size(), r.BytesRead())

	a.Source.ContactID = "many"
	_, err = open(t, a, "wide", file)
	require.ErrorContains(t, err, "column many (source.contactId) is missing")
	require.Contains(t, detailOf(t, err), "the header is: id, status, time, ")
}

func TestDamagedParquet(t *testing.T) {
	file := parquetFile(t, parquetProfiles())
	for name, content := range map[string]string{
		"cut": file[:len(file)-9], "magic alone": "PAR1", "start and end": "PAR1PAR1", "hole": file[:40] + strings.Repeat("\xff", 200) + file[240:],
		"footer": file[:len(file)-60] + strings.Repeat("\x7f", 50) + file[len(file)-10:],
	} {
		_, err := read(t, jsonActivation(), "a.parquet", content)
		var damaged *audience.SourceError
		require.ErrorAs(t, err, &damaged, name)
		require.Equal(t, audience.CauseCut, damaged.Cause, name)
	}
	a := jsonActivation()
	a.Source.Format = audience.FormatParquet
	_, err := read(t, a, "a.parquet", member(guidA))
	require.ErrorContains(t, err, "no Parquet file")
}

func TestLargeParquet(t *testing.T) {
	n := 20_000
	if testing.Short() {
		n = 4_000 // still more than a group
	}
	rows := make([]parquetProfile, n)
	for i := range rows {
		rows[i] = parquetProfiles()[i%2]
	}
	for _, codec := range []parquet.WriterOption{parquet.Compression(&parquet.Snappy), parquet.Compression(&parquet.Zstd)} {
		records := mustRead(t, jsonActivation(), "a.parquet", parquetFile(t, rows, codec, parquet.MaxRowsPerRowGroup(3000)))
		require.Len(t, records, len(rows))
		for i, r := range records {
			require.Equal(t, []string{guidA, guidB}[i%2], r.Contact)
		}
	}
}

// TestParquetOfSpark reads lists and maps as Spark, and with it AEP, writes
// them: every level optional, three levels for a list.
func TestParquetOfSpark(t *testing.T) {
	text, optional := parquet.String(), parquet.Optional
	schema := parquet.NewSchema("spark_schema", parquet.Group{
		"identityMap": optional(parquet.Map(text, optional(parquet.List(optional(parquet.Group{
			"id": optional(text), "primary": optional(parquet.Leaf(parquet.BooleanType))}))))),
		"segmentMembership": optional(parquet.Map(text, optional(parquet.Map(text, optional(parquet.Group{
			"lastQualificationTime": optional(parquet.Timestamp(parquet.Microsecond)), "status": optional(text)}))))),
	})
	v := parquet.ValueOf
	nothing := parquet.Row{}
	for column := range 7 {
		nothing = append(nothing, v(nil).Level(0, 0, column))
	}
	rows := []parquet.Row{{
		v("ECID").Level(0, 2, 0), v("contactId").Level(1, 2, 0),
		v("x").Level(0, 6, 1), v(guidB).Level(1, 6, 1), v(guidA).Level(2, 6, 1),
		v(nil).Level(0, 5, 2), v(nil).Level(1, 5, 2), v(true).Level(2, 6, 2),
		v("aam").Level(0, 2, 3), v("ups").Level(1, 2, 3),
		v(nil).Level(0, 2, 4), v("other").Level(1, 4, 4), v("vip").Level(2, 4, 4),
		v(nil).Level(0, 2, 5), v(nil).Level(1, 4, 5), v(at(someTime).UnixMicro()).Level(2, 6, 5),
		v(nil).Level(0, 2, 6), v(nil).Level(1, 4, 6), v("exited").Level(2, 6, 6),
	}, nothing}
	var file bytes.Buffer
	w := parquet.NewGenericWriter[any](&file, schema)
	_, err := w.WriteRows(rows)
	require.NoError(t, err)
	require.NoError(t, w.Close())

	a := jsonActivation()
	a.Mapping = nil
	records := mustRead(t, a, "part-00000-tid.snappy.parquet", file.String())
	require.Equal(t, []string{"9fd6@1", "ignored@2"}, short(records))
	require.Equal(t, audience.Exited, records[0].Status)
	require.Equal(t, at(someTime), records[0].Time)
}
