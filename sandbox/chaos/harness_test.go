package chaos

import (
	"math/rand/v2"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/runs"
)

const someContact, otherContact = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"

func TestTheSameSeedDrawsTheSameEvents(t *testing.T) {
	simulated := &process{name: "simulator"}
	emea := &place{name: "emea", simulator: simulated, proxy: &proxy{name: "emea"}, contacts: []string{someContact, otherContact}}
	w := &world{places: []*place{emea}, workers: []*process{{name: "worker 1"}, {name: "worker 2"}}, serve: &process{}, temporal: &process{}}
	draw := func(seed uint64) (drawn []string) {
		for _, e := range schedule(w, rand.New(rand.NewPCG(seed, 0)), time.Hour) {
			drawn = append(drawn, e.at.String()+" "+e.what)
		}
		return drawn
	}
	require.Equal(t, draw(7), draw(7))
	require.NotEqual(t, draw(7), draw(8))
	require.Greater(t, len(draw(7)), 1000)
}

func TestWhatRequestsWriteIsUnderstood(t *testing.T) {
	want := map[string]map[string]any{someContact: {"firstname": "A"}, otherContact: {"firstname": nil}}
	targets := `{"Targets":[{"@odata.type":"Microsoft.Dynamics.CRM.contact","contactid":"` + someContact + `","firstname":"A"},` +
		`{"@odata.type":"Microsoft.Dynamics.CRM.contact","contactid":"` + otherContact + `","firstname":null}]}`
	require.Equal(t, want, rowsOf(classUpdate, "", []byte(targets)))

	operation := func(id, values string) string {
		return "--b\r\nContent-Type: application/http\r\n\r\nPATCH /api/data/v9.2/contacts(" + id + ") HTTP/1.1\r\nIf-Match: *\r\n\r\n{" + values + "}\r\n"
	}
	batch := operation(someContact, `"firstname":"A"`) + operation(otherContact, `"firstname":null`) + "--b--\r\n"
	require.Equal(t, want, rowsOf(classBatch, "", []byte(batch)))
	require.Equal(t, want, rowsOf(classBatch, "", named([]byte(batch), "id")))
	require.Contains(t, string(named([]byte(batch), "id")), "\r\nIf-Match: *\r\n"+requestID+": id\r\n\r\n{")

	require.Equal(t, map[string]map[string]any{someContact: {"firstname": "A"}},
		rowsOf(classPatch, "/api/data/v9.2/contacts("+someContact+")", []byte(`{"firstname":"A"}`)))
}

func TestWhatIsWrittenTwiceIsFound(t *testing.T) {
	p := &place{name: "emea", proxy: &proxy{timeline: newTimeline(t.Output()), target: &url.URL{}}}
	write := func(value, cause string) change {
		return change{column: "firstname", contact: someContact, value: value, cause: cause}
	}
	before := map[string]map[string]string{"firstname": {someContact: "A"}}

	require.Empty(t, p.repeated(before, []change{write("B", "1"), write("C", "2"), write("B", "3")}))
	require.Empty(t, p.repeated(before, []change{write("B", "1"), write("X", ""), write("B", "2")}), "changed behind our back meanwhile")
	require.Len(t, p.repeated(before, []change{write("A", "1")}), 1, "held already")
	require.Len(t, p.repeated(before, []change{write("B", "1"), write("B", "2")}), 1)
	require.Equal(t, "A", before["firstname"][someContact], "what it began with stays")
}

func TestTheModelKnowsTheLatest(t *testing.T) {
	m := newModel()
	m.adopt(map[string]map[string]string{"acme_vipstatus": {}, "firstname": {someContact: "Old"}, "jobtitle": {}})
	rows := []row{
		{contact: someContact, status: exited, at: 5, first: "New"}, {contact: someContact, status: realized, at: 4, first: "Overtaken"},
		{contact: nobody, status: realized, at: 6}, {status: realized, at: 7}, {contact: otherContact, at: 8},
	}
	n := m.export("vip", rows)
	require.EqualValues(t, 4, n.Received)
	require.Equal(t, []int64{1, 1, 1, 1, 1}, []int64{n.Activated, n.Superseded, n.Failed, n.Excluded, n.Ignored})
	m.apply("vip", winners(rows), nil)
	require.Equal(t, map[string]entry{someContact: {exited, 5}}, m.exported("vip"))
	require.Equal(t, "New", m.expected()["firstname"][someContact])
	require.EqualValues(t, 1, m.export("vip", rows[:1]).Unchanged)
	require.EqualValues(t, 1, m.export("vip", rows[1:2]).Superseded)
	m.bury([]string{someContact})
	require.EqualValues(t, 1, m.export("vip", rows[:1]).Unchanged, "which nobody asks Dynamics about")
	later := []row{{contact: someContact, status: realized, at: 9}}
	require.EqualValues(t, 1, m.export("vip", later).Failed)
	require.Equal(t, runs.ByStatus{Realized: 1}, m.unseen("vip", later))
	m.apply("vip", winners(later), nil)
	require.Equal(t, map[string]entry{someContact: {exited, 5}}, m.exported("vip"))
	require.EqualValues(t, 1, m.clear("vip"))
	require.Empty(t, m.exported("vip"))
}

func TestOnlyATroubleExplainsAStop(t *testing.T) {
	var b bouts
	now := time.Now()
	require.False(t, b.explain("run", "HTTP 401", now, now))
	one := b.begin(troubles[0])
	require.True(t, b.last())
	require.False(t, b.explain("run", "HTTP 500", one.from.Add(time.Second), one.from.Add(time.Second)), "another reason")
	require.False(t, b.explain("run", "HTTP 401", one.from.Add(-time.Second), one.from.Add(-time.Second)), "before it began")
	require.False(t, b.met(one))
	require.True(t, b.explain("run", "HTTP 401", one.from.Add(-time.Second), one.from.Add(time.Second)), "told with the time of the step before")
	require.True(t, b.explain("run", "who am I: HTTP 401: no", one.from.Add(time.Second), one.from.Add(time.Second)))
	require.True(t, b.met(one))
	b.end(one)
	require.False(t, b.last())
	require.True(t, b.explain("run", "HTTP 401", one.to.Add(time.Second), one.to.Add(time.Second)), "told late")
	require.False(t, b.explain("run", "HTTP 401", one.to.Add(2*lateWord), one.to.Add(2*lateWord)))
	count, stops := b.tally()
	require.Equal(t, []int{1, 3}, []int{count, stops})
}
