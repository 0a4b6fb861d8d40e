package audience_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
)

func TestPlace(t *testing.T) {
	for name, tc := range map[string]struct {
		record audience.Record
		part   string
		want   string
	}{
		"below a header":               {audience.Record{Line: 2, Position: 1}, "", "line 2"},
		"longer than a line":           {audience.Record{Line: 7, Position: 1}, "", "line 7, record 1"},
		"one line each":                {audience.Record{Line: 7, Position: 7}, "", "record 7"},
		"a list in one line":           {audience.Record{Line: 1, Position: 7, Listed: true}, "", "record 7"},
		"of several files":             {audience.Record{Line: 2, Position: 2}, "parts/b.csv", "line 2 of b.csv"},
		"a list in one of some files":  {audience.Record{Line: 1, Position: 7, Listed: true}, "parts/b.json", "record 7"},
		"a contact that is not named":  {audience.Record{}, "", "absent"},
		"one that has a position only": {audience.Record{Position: 12}, "", "absent"},
	} {
		require.Equal(t, tc.want, tc.record.Place(tc.part), name)
	}
}
