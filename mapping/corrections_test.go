package mapping

import (
	"encoding/binary"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/dynamics"
	"audienceflow/store/staging"
)

func correctedFields() Fields {
	return Fields{
		Mapping: []audience.Mapping{{Source: "first", Target: "FirstName"}, {Source: "job", Target: "JobTitle"}},
		Columns: []dynamics.Column{
			{LogicalName: "firstname", SchemaName: "FirstName", DisplayName: "First Name", Type: dynamics.TypeString, MaxLength: 50},
			{LogicalName: "jobtitle", SchemaName: "JobTitle", DisplayName: "Job Title", Type: dynamics.TypeString, MaxLength: 100}},
	}
}

func readText(text string) (*Corrections, error) {
	c := NoCorrections(correctedFields())
	return c, c.read(strings.NewReader(text), "")
}

// TestCorrectionsAreReadAsSourcesAre reads the same corrections as programs save them.
func TestCorrectionsAreReadAsSourcesAre(t *testing.T) {
	const plain = "Line,First Name,job\n7,Zo\u00eb,\"Ann, the \"\"Boss\"\"\"\n"
	semicolons := strings.NewReplacer("Line,First Name,job", "Line;First Name;job", "7,", "7;", "\u00eb,", "\u00eb;").Replace(plain)
	units := utf16.Encode([]rune("\ufeff" + strings.NewReplacer("Line,First Name,job", "Line\tFirst Name\tjob", "7,", "7\t", "\u00eb,", "\u00eb\t").Replace(plain)))
	wide := make([]byte, 2*len(units))
	for i, u := range units {
		binary.LittleEndian.PutUint16(wide[2*i:], u)
	}
	for name, text := range map[string]string{
		"plain": plain, "mark": "\ufeff" + plain, "CR LF": strings.ReplaceAll(plain, "\n", "\r\n"), "CR": strings.ReplaceAll(plain, "\n", "\r"),
		"semicolons": semicolons, "semicolons and mark": "\ufeff" + semicolons, "UTF-16": string(wide),
		"backslash": strings.ReplaceAll(plain, `""Boss""`, `\"Boss\"`), "blank lines": "\n" + plain + "\n\n",
		"blank rows": plain + ",,\n\" \",,\n,,\n", "sep=": "sep=;\r\n" + semicolons, "the end of a DOS file": plain + "\x1a",
		"with its columns of rejected": strings.NewReplacer("Line", "outcome,reason,Line", "7", "failed,invalid_value,7").Replace(plain),
	} {
		c, err := readText(text)
		require.NoError(t, err, name)
		require.Equal(t, 1, c.count, name)
		require.Equal(t, "Zo\u00eb", *c.byLine[7].values["firstname"], name)
		require.Equal(t, `Ann, the "Boss"`, *c.byLine[7].values["jobtitle"], name)
	}
}

func TestAFileWithoutACorrectionSaysSo(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "the file is empty",
		"line,first\n":                       "it holds no correction",
		"line,outcome,first\n7,excluded,x\n": "it holds no correction",
		"PK\x03\x04xl/workbook.xml":          "an Excel workbook (xlsx)",
		"PK\x03\x04\x00\x00export.csv":       "a zip archive",
		"%PDF-1.4\n":                         "a PDF document",
		"<html><body>":                       "an HTML page",
		"line,first\n7,\"x\"y\n":             "text behind a closing quote",
		"line,first\n7\n8,x\n":               "1 columns instead of the header's 2",
		"line,first\n7,Zo\xeb\n":             "not UTF-8",
	} {
		_, err := readText(text)
		var wrong *audience.SourceError
		require.ErrorAs(t, err, &wrong, text)
		require.Contains(t, err.Error(), want)
	}
	c := &Corrections{count: 2}
	require.ErrorContains(t, c.Unused(), "the file corrects nothing")
	c.changed = 1
	require.NoError(t, c.Unused())
}

func TestCorrectionsThatMeetNoRowAreNamedByTheirLines(t *testing.T) {
	c, err := readText("line,first\n7,Ann\n8,Ben\n\n9,Cem\n")
	require.NoError(t, err)
	require.NoError(t, c.Apply(&staging.Row{Line: 8, Attributes: []byte(`{}`)}, time.Time{}))
	require.ErrorContains(t, c.Unused(), "still kept: 2 of 3 (of this file: line 2, line 5); ")

	c, err = readText("line,first\n1,a\n2,b\n3,c\n4,d\n5,e\n6,f\n")
	require.NoError(t, err)
	require.ErrorContains(t, c.Unused(), "6 of 6 (of this file: line 2, line 3, line 4, line 5, line 6, ...)")
}

// Lines begin anew in each file of a folder, and in each body of a stream.
func TestALineOfSeveralFailedRowsCorrectsNone(t *testing.T) {
	c, err := readText("line,first\n3,Ann\n")
	require.NoError(t, err)
	for range 2 { // rows are gone through before they are staged
		require.NoError(t, c.Apply(&staging.Row{Line: 3, Position: 3, Attributes: []byte(`{}`)}, time.Time{}))
		require.NoError(t, c.Unused())
	}
	require.NoError(t, c.Apply(&staging.Row{Line: 3, Position: 9, Attributes: []byte(`{}`)}, time.Time{}))
	require.ErrorContains(t, c.Unused(), "name the rows by contact")
}

func TestSeveralLinesMayCorrectOneRow(t *testing.T) {
	for name, text := range map[string]string{
		"one correction a line": "line,column,value\n7,FirstName,Ann\n7,JobTitle,Boss\n",
		"by columns":            "line,first,job\n7,Ann,\n7,,Boss\n7,Ann,Boss\n",
	} {
		c, err := readText(text)
		require.NoError(t, err, name)
		row := staging.Row{Line: 7, Attributes: []byte(`{"firstname":null,"jobtitle":"x"}`)}
		require.NoError(t, c.Apply(&row, time.UnixMicro(7)), name)
		require.JSONEq(t, `{"firstname":"Ann","jobtitle":"Boss"}`, string(row.Attributes), name)
		require.JSONEq(t, `{"firstname":7,"jobtitle":7}`, row.OtherAsOf, name)
		require.Equal(t, 1, c.Count(), name)
		require.NoError(t, c.Unused(), name)
	}
	for text, want := range map[string]string{
		"line,first\n7,Ann\n8,Ben\n7,Cem\n": "line 4: it gives firstname another value than line 2",
		"line,contact\n7,00000000-0000-4000-8000-000000000001\n7,00000000-0000-4000-8000-000000000002\n": "line 3: it gives the row another contact than line 2",
	} {
		_, err := readText(text)
		require.ErrorContains(t, err, want)
	}
}
