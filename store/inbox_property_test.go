package store_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"audienceflow/audience"
	"audienceflow/runs"
	"audienceflow/store"
	"audienceflow/store/staging"
)

// latest is what the order of qualification says of a contact.
type latest struct {
	qualified time.Time
	exited    bool
}

func (l latest) after(other latest) bool {
	return l.qualified.After(other.qualified) || l.qualified.Equal(other.qualified) && l.exited
}

// TestFilesAndAStreamTogether lets files and a stream of one audience go on in any order: the end
// state is what the qualification times say, whoever came first.
func TestFilesAndAStreamTogether(t *testing.T) {
	t.Parallel()
	s := open(t, "sqlite:"+filepath.Join(t.TempDir(), "store.db"))
	openStream(t, s)
	const contacts = 5
	first, round := 0, 0 // each check has contacts of its own in the one store
	rapid.Check(t, func(r *rapid.T) {
		first += contacts
		dynamics, model := blank(), map[string]latest{}
		for n := range contacts {
			dynamics[contact(first+n)] = before{"acme_vip": nil}
		}
		draw := func() (string, latest) {
			c := contact(first + rapid.IntRange(0, contacts-1).Draw(r, "contact"))
			l := latest{day(rapid.IntRange(1, 4).Draw(r, "day")), rapid.Bool().Draw(r, "exited")}
			if known, ok := model[c]; !ok || l.after(known) {
				model[c] = l
			}
			return c, l
		}
		for range rapid.IntRange(1, 12).Draw(r, "steps") {
			switch rapid.IntRange(0, 2).Draw(r, "step") {
			case 0: // a profile arrives
				c, l := draw()
				e := event(0, day(9))
				e.Record.Contact, e.Record.Time = c, l.qualified
				if l.exited {
					e.Record.Status = audience.Exited
				}
				receive(t, s, e)
			case 1: // a micro-batch is carried on
				drainSome(t, s, dynamics, rapid.IntRange(1, 3).Draw(r, "limit"))
			default: // a file is activated
				round++
				run := fmt.Sprintf("file%d", round)
				c, l := draw()
				begin(t, s, run, runs.KindActivate, day(8))
				stage(t, s, run, staging.Row{Contact: c, Exited: l.exited, QualifiedAt: l.qualified, AsOf: day(8)})
				plan(t, s, run, vip, dynamics)
				send(t, s, run, vip, dynamics)
			}
		}
		for drainSome(t, s, dynamics, 10) {
		}
		for c, l := range model {
			word := map[bool]string{false: "realized", true: "exited"}[l.exited]
			require.Equal(r, text(word), dynamics[c]["acme_vip"])
		}
	})
}

// drainSome carries one micro-batch on; false: there was none.
func drainSome(t *testing.T, s *store.Store, dynamics map[string]before, limit int) bool {
	t.Helper()
	c := claim(t, s, limit)
	if c.Clean() {
		return false
	}
	events, err := s.ClaimedEvents(t.Context(), vipStream, c.Run, 0, 1_000)
	require.NoError(t, err)
	stageClaim(t, s, c.Run, events, dynamics)
	require.NoError(t, s.SettleEvents(t.Context(), vipStream, c.Run, "window"))
	return true
}
