package dynamics

import (
	"maps"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// timeLeft is the header that tells how much of the execution time of a user, over all its
	// connections, is left at the server that answered. Microsoft says that no one should depend on
	// it: without it, company is found by how long answers take.
	timeLeft = "X-Ms-Ratelimit-Time-Remaining-Xrm-Requests"
	// affinity begins the cookie that tells servers apart. It is never sent back.
	affinity = "ARRAffinity="
	// leastCompany is how many requests of others count: fewer may be an error of estimation.
	leastCompany = 0.5
	// tolerance is how many requests of ours may be charged sooner or later than they are answered.
	tolerance = 2
	// inTurnShare of the recommended parallelism is used where several servers work in turn.
	inTurnShare = 7.0 / 8
	// mostServers is how many servers there may be: with more of them the cookie tells something
	// else, answers perhaps.
	mostServers = 64
)

// company is who else uses the same user: what servers say has been used, beside what we have. A
// second of execution per second is one request in flight.
type company struct {
	begin   time.Time
	servers map[string]*neighbour // by what their cookie says, those that answered lately
	unknown bool                  // the cookie does not tell servers apart
}

// neighbour is what others have used of one server's execution time.
type neighbour struct {
	ours   usage
	at     time.Time // of the latest answer
	latest spending
	before *spending // when it answered first, if others had used it before we began; else nil
}

// spending is what was used of a server's execution time within the window before, by others and by
// requests of ours that were not answered yet, wherever they were.
type spending struct{ used, flying float64 }

// others is the part of others, if those of ours are spread evenly over so many servers.
func (s spending) others(servers int) float64 { return s.used - s.flying/float64(servers) }

// note takes in an answer to a request that took so long, while others of ours were in flight that
// take so many seconds together.
func (c *company) note(now time.Time, header http.Header, took time.Duration, flying, hint float64) {
	left, err := strconv.ParseFloat(strings.ReplaceAll(header.Get(timeLeft), ",", ""), 64)
	if err != nil || c.unknown || math.IsNaN(left) || math.IsInf(left, 0) || left < 0 {
		return
	}
	maps.DeleteFunc(c.servers, func(_ string, s *neighbour) bool { return now.Sub(s.at) > nominalWindow })
	name := serverOf(header)
	s := c.servers[name]
	first := s == nil
	if first {
		if s = (&neighbour{}); c.servers == nil {
			c.servers = map[string]*neighbour{}
		}
		c.servers[name] = s
	}
	if len(c.servers) > mostServers {
		c.servers, c.unknown = nil, true
		return
	}
	s.ours.add(now, took.Seconds())
	s.at, s.latest = now, spending{documentedBusy - left - s.ours.within(now, nominalWindow), flying}
	if since := now.Sub(c.begin) + took; first && s.latest.used-flying > hint/float64(len(c.servers))*since.Seconds() {
		before := s.latest // more than anybody can have used since we began
		s.before = &before
	}
}

// inFlight is how many requests of others are in flight at all servers: of those who were there
// before us, and of those who began as we did, as many as they may be: what they have sent may be
// charged later.
func (c *company) inFlight(took time.Duration) (before, peers float64) {
	least := 0.0
	for _, s := range c.servers {
		used, since := s.latest.others(len(c.servers)), s.at.Sub(c.begin)
		atLeast, atMost := min(nominalWindow, since+took).Seconds(), max(took, min(nominalWindow, since-took)).Seconds()
		if s.before == nil {
			least += used / atLeast
			peers += (used + took.Seconds()) / atMost
			continue
		}
		steady := s.before.others(len(c.servers))
		before += steady / nominalWindow.Seconds()
		if more := used - steady; math.Abs(more) > tolerance*took.Seconds() {
			before += more / atLeast
		}
	}
	if least < leastCompany {
		peers = 0
	}
	return math.Max(0, before), peers
}

// serverOf tells servers apart by the cookie that each of them sets; empty where there is none.
func serverOf(header http.Header) string {
	for _, cookie := range header.Values("Set-Cookie") {
		if value, found := strings.CutPrefix(cookie, affinity); found {
			value, _, _ = strings.Cut(value, ";")
			return value
		}
	}
	return ""
}

// meet learns from an answer who else is there.
func (l *limiter) meet(now time.Time, t *permit, header http.Header, hint int, took time.Duration) {
	g, flying := &l.concurrency, 0.0
	for other := range l.permits {
		if other.kind == t.kind {
			flying += took.Seconds()
		} else {
			flying += other.expect.Seconds()
		}
	}
	l.company.note(now, header, took, flying, float64(hint))
	g.servers = len(l.company.servers)
	g.before, g.peers = l.company.inFlight(took)
}

// room is how many requests we may have in flight beside others, if all together are as many as is
// recommended: half of them in any case.
func (g *concurrency) room() float64 {
	return math.Max(math.Floor(evenStart*g.inTurn(g.hint)), math.Round(g.inTurn(g.hint-g.before)-g.peers))
}

// inTurn is how many of so many requests serve several servers best that work in turn: one has more
// to do than another at any moment.
func (g *concurrency) inTurn(most float64) float64 {
	if g.servers > 1 && !g.timeToSpare() {
		return most * inTurnShare
	}
	return most
}

// evenly is how many requests are in flight until others were told of, somebody like us perhaps.
func (g *concurrency) evenly() float64 {
	return math.Max(1, math.Round(evenStart*inTurnShare*g.goal))
}

// asking is true from the first answer that tells of others until we have joined them.
func (g *concurrency) asking() bool { return g.servers > 0 && g.joined.IsZero() }

// join takes what others leave, once answers have told of them.
func (g *concurrency) join(now time.Time) {
	g.joined = now
	g.goal = math.Min(g.room(), float64(g.top()))
	g.limit = math.Min(g.limit, g.goal)
	g.warm = warming{to: g.goal}
}

// giveWay leaves others what is theirs, where execution time is short.
func (g *concurrency) giveWay() {
	if g.servers == 0 || g.hint == 0 || g.timeToSpare() {
		return
	}
	if room := g.room(); g.limit > room {
		g.limit, g.goal = room, room
		g.stay()
	}
}

// last is how many requests may be in flight where no more are to come: the last ones need leave
// nothing to those after them. 0: no more than else.
func (g *concurrency) last() int {
	if g.joined.IsZero() || g.ramp > 0 || g.probe != nil || g.limit < g.room() {
		return 0
	}
	return min(g.top(), int(g.hint-g.before-g.peers))
}
