package mapping

import (
	"bytes"
	"encoding/csv"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/dynamics"
	"audienceflow/safetext"
)

func FuzzCorrections(f *testing.F) {
	for _, seed := range []string{
		"line,contact,first\n1,5e41ab08-7439-411e-a9e4-9b199086d8d3,Zo\u00eb\n", "contactid,column,value\n{5E41AB08-7439-411E-A9E4-9B199086D8D3},firstname,x\n",
		"line,outcome,first\n1,excluded,x\n-1,failed,\"a\nb\"\n", "\ufeffline,value\n1,2\n", "column,value,line\nnope,x,1\n", "line\n\"", "x\n", "",
	} {
		f.Add([]byte(seed))
	}
	s := Fields{
		Mapping: []audience.Mapping{{Source: "first", Target: "FirstName"}},
		Columns: []dynamics.Column{{LogicalName: "firstname", SchemaName: "FirstName", DisplayName: "First Name", Type: dynamics.TypeString, MaxLength: 50}},
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := NoCorrections(s)
		if err := c.read(bytes.NewReader(data), ""); err != nil {
			var wrong *audience.SourceError
			require.ErrorAs(t, err, &wrong)
			require.Positive(t, wrong.Line)
			return
		}
		for line := range c.byLine {
			require.Positive(t, line)
		}
		for contact, one := range c.byContact {
			id, ok := audience.NormalizeContactID(contact)
			require.True(t, ok && id == contact)
			for name := range one.values {
				require.Equal(t, "firstname", name)
			}
		}
	})
}

func TestCorrectionsLoseTheApostropheOfACell(t *testing.T) {
	s := Fields{
		Mapping: []audience.Mapping{{Source: "first", Target: "FirstName"}},
		Columns: []dynamics.Column{{LogicalName: "firstname", SchemaName: "FirstName", DisplayName: "First Name", Type: dynamics.TypeString, MaxLength: 50}},
	}
	for _, word := range []string{"=1+1", "+49 30 1", "-5", "@home", "'=1", "'s-Hertogenbosch", "Zo\u00eb"} {
		c := NoCorrections(s)
		var file bytes.Buffer
		w := csv.NewWriter(&file)
		require.NoError(t, w.WriteAll([][]string{{"line", "first"}, {"7", safetext.Cell(word)}}))
		require.NoError(t, c.read(&file, ""))
		require.Equal(t, word, *c.byLine[7].values["firstname"])
	}
}
