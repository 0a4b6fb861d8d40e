package store_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/runs"
	"audienceflow/store/runlog"
	"audienceflow/store/staging"
)

const tooLong = "longer than 50 characters"

// short is a row from which values of the given lengths were left out.
func short(contact string, at int, lengths ...int) staging.Row {
	r := row(contact, day(at), day(9), `{}`)
	for i, length := range lengths {
		r.LeftOut = append(r.LeftOut, staging.LeftOut{Column: []string{"firstname", "lastname"}[i], Cause: tooLong, Length: length})
	}
	r.Warnings = len(r.LeftOut)
	return r
}

func TestWhatIsLeftOutIsCountedAndListed(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		dynamics := blank(contact(1), contact(2), contact(3))
		ready(t, s, "before", dynamics, row(contact(3), day(5), day(9), `{}`))
		send(t, s, "before", vip, dynamics)

		rows := []staging.Row{
			short(contact(1), 1, 60, 70),
			short(contact(1), 0, 80), // overtaken by the row above
			short(contact(2), 1, 90),
			short(contact(3), 1, 51), // older than what was exported
			short(contact(4), 1, 52), // not in Dynamics
		}
		ready(t, s, "run", dynamics, rows...)
		send(t, s, "run", vip, dynamics)

		want := staging.Warnings{
			Counts: []staging.WarningCount{{Column: "firstname", Cause: tooLong, Total: 2}, {Column: "lastname", Cause: tooLong, Total: 1}},
			First: []staging.Warning{
				{LeftOut: staging.LeftOut{Column: "firstname", Cause: tooLong, Length: 60}, Position: 1, Line: 2, Contact: contact(1)},
				{LeftOut: staging.LeftOut{Column: "lastname", Cause: tooLong, Length: 70}, Position: 1, Line: 2, Contact: contact(1)},
				{LeftOut: staging.LeftOut{Column: "firstname", Cause: tooLong, Length: 90}, Position: 3, Line: 4, Contact: contact(2)},
			},
		}
		got, err := s.Warnings(t.Context(), "run")
		require.NoError(t, err)
		require.Equal(t, want, got)
		counts, err := s.Counts(t.Context(), "run")
		require.NoError(t, err)
		require.EqualValues(t, 3, counts.Warnings)

		require.NoError(t, s.EndRun(t.Context(), "run", runs.StatusCompleted, "", "", []byte(`{}`)))
		require.NoError(t, s.Purge(t.Context(), "run"))
		require.NoError(t, s.Purge(t.Context(), "run"))
		got, err = s.Warnings(t.Context(), "run")
		require.NoError(t, err)
		require.Equal(t, want, got, "kept when the rows have gone")
		_, err = s.Warnings(t.Context(), "no run")
		require.ErrorIs(t, err, runlog.ErrNoRun)
	})
}

func TestOfManyValuesLeftOutTheFirstAreListed(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		begin(t, s, "run", runs.KindPlan, day(9))
		var rows []staging.Row
		for n := range 1500 {
			rows = append(rows, short(fmt.Sprintf("%08x-0000-4000-8000-%012x", 1500-n, n), 1, 60))
		}
		stage(t, s, "run", rows...)
		dynamics := map[string]before{}
		for _, r := range rows {
			dynamics[r.Contact] = before{"acme_vip": nil}
		}
		plan(t, s, "run", vip, dynamics)
		got, err := s.Warnings(t.Context(), "run")
		require.NoError(t, err)
		require.Equal(t, []staging.WarningCount{{Column: "firstname", Cause: tooLong, Total: 1500}}, got.Counts)
		require.Len(t, got.First, 1000)
		require.EqualValues(t, 1, got.First[0].Position)
		require.EqualValues(t, 1000, got.First[999].Position)
	})
}

func TestAStreamsWindowGathersWhatItsMicroBatchesHaveLeftOut(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		openStream(t, s)
		for n := 1; n <= 2; n++ {
			receive(t, s, event(n, day(9)))
			c := claim(t, s, 10)
			r := short(contact(n), 1, 60)
			r.Position = int64(n)
			require.NoError(t, s.Stage(t.Context(), c.Run, staging.Chunk{To: int64(n), Rows: []staging.Row{r}, WithoutConsent: 1}))
			require.NoError(t, s.FinishStaging(t.Context(), c.Run))
			dynamics := blank(contact(n))
			plan(t, s, c.Run, vip, dynamics)
			send(t, s, c.Run, vip, dynamics)
			require.NoError(t, s.SettleEvents(t.Context(), vipStream, c.Run, "window"))
		}
		got, err := s.Warnings(t.Context(), "window")
		require.NoError(t, err)
		require.Equal(t, []staging.WarningCount{{Column: "firstname", Cause: tooLong, Total: 2}}, got.Counts)
		require.Len(t, got.First, 2)
		counts, err := s.Counts(t.Context(), "window")
		require.NoError(t, err)
		require.EqualValues(t, 2, counts.WithoutConsent)
		require.EqualValues(t, 2, counts.Warnings)
	})
}
