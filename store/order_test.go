package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/runs"
	"audienceflow/store/runlog"
	"audienceflow/store/staging"
)

// TestOrderOfSources plays sources of one contact one after the other and says what Dynamics holds
// in the end, and what the last run made of its row.
func TestOrderOfSources(t *testing.T) {
	t.Parallel()
	c := contact(1)
	exit := func(qualified, asOf time.Time) staging.Row {
		return staging.Row{Contact: c, Exited: true, QualifiedAt: qualified, AsOf: asOf}
	}
	tests := []struct {
		name    string
		sources []staging.Row
		word    string
		first   string
		last    runs.Numbers
	}{
		{"an older file after a newer one", []staging.Row{row(c, day(3), day(9), `{"firstname":"new"}`), row(c, day(2), day(8), `{"firstname":"old"}`)},
			"realized", "new", runs.Numbers{Superseded: 1}},
		{"an older exit after a newer realization", []staging.Row{row(c, day(3), day(9), `{}`), exit(day(2), day(10))},
			"realized", "", runs.Numbers{Superseded: 1}},
		{"an untimed file after an untimed one", []staging.Row{row(c, day(8), day(8), `{"firstname":"old"}`), row(c, day(9), day(9), `{"firstname":"new"}`)},
			"realized", "new", runs.Numbers{Activated: 1, ByStatus: runs.ByStatus{Realized: 1}}},
		{"an untimed exit after an untimed realization", []staging.Row{row(c, day(8), day(8), `{}`), exit(day(9), day(9))},
			"exited", "", runs.Numbers{Activated: 1, ByStatus: runs.ByStatus{Exited: 1}}},
		{"an older untimed file after a newer untimed one", []staging.Row{exit(day(9), day(9)), row(c, day(8), day(8), `{}`)},
			"exited", "", runs.Numbers{Superseded: 1}},
		{"equal times: an exit is above a realization", []staging.Row{exit(day(3), day(8)), row(c, day(3), day(9), `{}`)},
			"exited", "", runs.Numbers{Superseded: 1}},
		{"equal times, newer source: changed attributes are sent", []staging.Row{row(c, day(3), day(8), `{"firstname":"old"}`), row(c, day(3), day(9), `{"firstname":"new"}`)},
			"realized", "new", runs.Numbers{Activated: 1, ByStatus: runs.ByStatus{Realized: 1}}},
		{"the oldest time is older than any", []staging.Row{row(c, day(1), day(8), `{}`), exit(time.Time{}, day(9))},
			"realized", "", runs.Numbers{Superseded: 1}},
		{"a value seen again is as new as the source that repeats it", []staging.Row{
			row(c, day(3), day(5), `{"firstname":"same"}`), row(c, day(3), day(7), `{"firstname":"same"}`), row(c, day(4), day(6), `{"firstname":"late"}`)},
			"realized", "same", runs.Numbers{Unchanged: 1, HeldBack: 1}},
	}
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		for n, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				p := vip
				p.Destination = test.name
				dynamics := blank(c)
				var run string
				for i, source := range test.sources {
					run = string(rune('a'+n)) + string(rune('0'+i))
					require.NoError(t, s.BeginRun(t.Context(), runlog.Run{Run: run, Destination: p.Destination}))
					stage(t, s, run, source)
					plan(t, s, run, p, dynamics)
					send(t, s, run, p, dynamics)
				}
				require.Equal(t, text(test.word), dynamics[c]["acme_vip"])
				first := ""
				if held := dynamics[c]["firstname"]; held != nil {
					first = *held
				}
				require.Equal(t, test.first, first)
				got, err := s.Counts(t.Context(), run)
				require.NoError(t, err)
				test.last.Received, test.last.Reasons = 1, map[string]int64{}
				require.Equal(t, test.last, got)
			})
		}
	})
}
