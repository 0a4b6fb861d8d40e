package simulator

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Limits are the service protection limits of one user on one web server
// (https://learn.microsoft.com/power-apps/developer/data-platform/api-limits), and the model of
// load beside them.
type Limits struct {
	On bool `json:"on"`
	// Requests and Seconds are what Window grants; Concurrency is how many requests may run at
	// once.
	Requests    int     `json:"requests"`
	Seconds     float64 `json:"seconds"`
	Concurrency int     `json:"concurrency"`
	// LatencyMilliseconds and RowLatencyMilliseconds make up the service time of a request.
	LatencyMilliseconds    float64 `json:"latencyMilliseconds"`
	RowLatencyMilliseconds float64 `json:"rowLatencyMilliseconds"`
	// Parallelism is how many requests a server works on without slowing down.
	Parallelism int `json:"parallelism"`
	// Others is the share of Requests and Seconds that others of the same user take, steadily.
	Others float64 `json:"others"`
}

// left is what others leave of a window's budget.
func (l Limits) left() (requests, seconds float64) {
	return (1 - l.Others) * float64(l.Requests), (1 - l.Others) * l.Seconds
}

// othersInFlight is how many requests of others a server works on at any moment.
func (l Limits) othersInFlight() float64 {
	return l.Others * l.Seconds / windowLength.Seconds()
}

const (
	windowLength       = 300 * time.Second
	limitRequests      = 6000
	limitSeconds       = 1200
	limitConcurrency   = 52
	concurrencyWait    = 1 * time.Second
	penaltyPerEarly    = 3 * time.Second        // simulator time that each request inside a Retry-After adds
	crossing           = 150 * time.Millisecond // real time in which a request may have crossed with a refusal
	concurrentRecently = 5 * time.Second        // real time for which a client counts as one that sends in parallel
	maxHint            = 52
	mostWaits          = 1000 // Retry-Afters that are remembered of a process
)

// load shares the requests out to web servers, limits them and gives them their service time.
type load struct {
	mu      sync.Mutex
	limits  Limits
	scale   float64
	began   time.Time
	now     func() time.Time
	sleep   func(time.Duration)
	servers []*webServer
	next    int
	clients map[process]*client
	users   int // application users
	stats   *statistics
}

type webServer struct {
	affinity string
	inFlight int
	*budget  // the first application user's
	others   map[uint8]*budget
}

// budget is what one user has used of a server's limits.
type budget struct {
	requests *window
	seconds  *window
	running  int           // requests in flight
	hold     time.Duration // no request is served before this simulator time
	heldBy   string        // the limit that was exceeded
}

func newBudget() *budget {
	return &budget{requests: newWindow(windowLength), seconds: newWindow(windowLength)}
}

// budgetOf is the user's own.
func (s *webServer) budgetOf(user uint8) *budget {
	if user == userApplication {
		return s.budget
	}
	if s.others[user] == nil {
		s.others[user] = newBudget()
	}
	return s.others[user]
}

// process is one of a user's, told apart by the x-ms-client-session-id header.
type process struct {
	user    uint8
	session string
}

// client is what is known of a process.
type client struct {
	inFlight  int
	parallel  time.Time // when it last had two requests in flight
	heldSince time.Time
	heldUntil time.Time
	waits     []time.Time // the ends of the Retry-Afters that it was told, each for one request
}

// waited is true for a request that may be one which waited for as long as it was told, though
// another one of the process was told to wait for longer.
func (c *client) waited(now time.Time) bool {
	for n, end := range c.waits {
		if !now.Before(end) {
			c.waits = append(c.waits[:n], c.waits[n+1:]...)
			return true
		}
	}
	return false
}

// visit is one request's stay on a server.
type visit struct {
	load    *load
	server  *webServer
	budget  *budget
	client  *client
	started bool
	gone    bool // has given its place on the server back
}

func newLoad(o Options, now func() time.Time, stats *statistics) *load {
	l := &load{scale: o.TimeScale, now: now, began: now(), sleep: time.Sleep, stats: stats, clients: map[process]*client{}, users: 1 + len(o.Clients)}
	l.limits = Limits{
		On: !o.NoLimits, Requests: limitRequests, Seconds: limitSeconds, Concurrency: limitConcurrency, Parallelism: o.Parallelism, Others: o.Others,
		LatencyMilliseconds: milliseconds(o.Latency), RowLatencyMilliseconds: milliseconds(o.RowLatency),
	}
	for range o.Servers {
		l.servers = append(l.servers, &webServer{affinity: affinityName(), budget: newBudget(), others: map[uint8]*budget{}})
	}
	l.forget()
	return l
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// affinityName is 64 hexadecimal digits, as Azure's cookie holds.
func affinityName() string {
	return strings.ReplaceAll(newGUID().String()+newGUID().String(), "-", "")
}

// forget empties the windows and what is known of clients.
func (l *load) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.servers {
		s.forget()
		for _, other := range s.others {
			other.forget()
		}
	}
	for _, c := range l.clients {
		c.heldUntil = time.Time{}
	}
}

func (b *budget) forget() {
	b.requests, b.seconds, b.hold = newWindow(windowLength), newWindow(windowLength), 0
}

// time is the simulator's own time, which runs scale times as fast.
func (l *load) time() time.Duration {
	return time.Duration(float64(l.now().Sub(l.began)) * l.scale)
}

// admit takes a request of the first application user in or refuses it with a 429. The visit must
// be left in either case.
func (l *load) admit(session, affinity string) (*visit, *apiError) {
	return l.admitUser(userApplication, session, affinity)
}

func (l *load) admitUser(user uint8, session, affinity string) (*visit, *apiError) {
	l.mu.Lock()
	defer l.mu.Unlock()
	server := l.choose(affinity)
	v := &visit{load: l, server: server, budget: server.budgetOf(user), client: l.clientOf(process{user, session})}
	v.client.inFlight++
	if v.client.inFlight > 1 {
		v.client.parallel = l.now()
	}
	early := l.early(v.client)
	v.server.inFlight++
	v.budget.running++
	l.stats.entered()
	if !l.limits.On {
		return v, nil
	}
	return v, l.judge(v, early)
}

func (l *load) choose(affinity string) *webServer {
	for _, s := range l.servers {
		if affinity != "" && s.affinity == affinity {
			return s
		}
	}
	l.next = (l.next + 1) % len(l.servers)
	return l.servers[l.next]
}

func (l *load) clientOf(p process) *client {
	c := l.clients[p]
	if c == nil {
		c = &client{}
		l.clients[p] = c
	}
	return c
}

// early says whether a request came inside a Retry-After that its process had been told. One that
// was already on its way when the refusal was is not: a process that sends in parallel is given the
// time of such a crossing.
func (l *load) early(c *client) bool {
	now := l.now()
	if !now.Before(c.heldUntil) {
		return false
	}
	if now.Sub(c.parallel) < concurrentRecently && now.Sub(c.heldSince) < crossing {
		return false
	}
	l.stats.early()
	return true
}

func (l *load) judge(v *visit, early bool) *apiError {
	s, at := v.budget, l.time()
	if at < s.hold {
		if early && !v.client.waited(l.now()) {
			s.hold = min(s.hold+penaltyPerEarly, at+windowLength)
		}
		return l.refuse(v, s.heldBy, s.hold-at)
	}
	if float64(s.running)+l.limits.othersInFlight() > float64(l.limits.Concurrency) {
		return l.refuse(v, "concurrency", time.Duration(float64(concurrencyWait)*l.scale))
	}
	requests, seconds := l.limits.left()
	if s.requests.sum(at) >= requests {
		return l.refuse(v, "requests", s.requests.wait(at, requests))
	}
	if s.seconds.sum(at) >= seconds {
		return l.refuse(v, "time", s.seconds.wait(at, seconds))
	}
	s.requests.add(at, 1)
	return nil
}

// refuse makes the 429. Retry-After counts real seconds, so that waiting as long as it says is
// right at any scale.
func (l *load) refuse(v *visit, limit string, wait time.Duration) *apiError {
	seconds := max(1, int(math.Ceil(wait.Seconds()/l.scale)))
	if limit != "concurrency" && l.time() >= v.budget.hold { // a request inside a hold is refused, and does not prolong it for others
		v.budget.heldBy = limit
		v.budget.hold = l.time() + time.Duration(float64(seconds)*l.scale*float64(time.Second))
	}
	l.stats.throttle(limit)
	l.handOut(v.client, seconds)
	e := limitError(limit, l.limits)
	e.wait = time.Duration(seconds) * time.Second
	e.header = [][2]string{{"Retry-After", strconv.Itoa(seconds)}}
	return e
}

// handOut remembers what a process was told to wait.
func (l *load) handOut(c *client, seconds int) {
	now := l.now()
	if !now.Before(c.heldUntil) {
		c.heldSince, c.waits = now, nil
	}
	until := now.Add(time.Duration(seconds) * time.Second)
	if len(c.waits) < mostWaits {
		c.waits = append(c.waits, until)
	}
	if until.After(c.heldUntil) {
		c.heldUntil = until
	}
}

// told notes a Retry-After that did not come from a limit but from a fault.
func (v *visit) told(seconds int) {
	v.load.mu.Lock()
	defer v.load.mu.Unlock()
	v.load.handOut(v.client, seconds)
}

func limitError(limit string, l Limits) *apiError {
	switch limit {
	case "concurrency":
		return fail(http.StatusTooManyRequests, codeConcurrencyLimit, "Number of concurrent requests exceeded the limit of %d.", l.Concurrency)
	case "time":
		return fail(http.StatusTooManyRequests, codeTimeLimit, "Combined execution time of incoming requests exceeded limit of %s  milliseconds over time window of 300 seconds. Decrease number of concurrent requests or reduce the duration of requests and try again later.",
			grouped(strconv.Itoa(int(l.Seconds*1000))))
	default:
		return fail(http.StatusTooManyRequests, codeRequestLimit, "Number of requests exceeded the limit of %d over time window of 300 seconds.", l.Requests)
	}
}

// work spends the service time of a request that writes rows: the base once, and its part for each
// row.
func (v *visit) work(rows int) {
	if pause := v.charge(rows); pause > 0 {
		v.load.sleep(pause)
	}
}

// charge counts the service time of a request that writes rows, and tells how long it lasts in real
// time. Beyond the server's parallelism requests share it, so that each takes longer and all
// together do not get more done.
func (v *visit) charge(rows int) time.Duration {
	l := v.load
	l.mu.Lock()
	service := float64(rows) * l.limits.RowLatencyMilliseconds
	if !v.started {
		service += l.limits.LatencyMilliseconds
	}
	v.started = true
	if crowd := (float64(v.server.inFlight) + l.limits.othersInFlight()) / float64(l.limits.Parallelism); crowd > 1 {
		service *= crowd
	}
	seconds := service / 1000
	v.budget.seconds.add(l.time(), seconds)
	l.mu.Unlock()
	l.stats.served(seconds)
	return time.Duration(service / l.scale * float64(time.Millisecond))
}

// leave ends the stay.
func (v *visit) leave() {
	v.leaveServer()
	v.load.mu.Lock()
	defer v.load.mu.Unlock()
	v.client.inFlight--
}

// leaveServer gives the place on the server back, while the answer is still on its way.
func (v *visit) leaveServer() {
	v.load.mu.Lock()
	defer v.load.mu.Unlock()
	if v.gone {
		return
	}
	v.gone = true
	v.server.inFlight--
	v.budget.running--
	v.load.stats.left()
}

// hint is the parallelism that answers recommend.
func (l *load) hint() int { return min(maxHint, l.limits.Parallelism*len(l.servers)) }

// headers gives what a client may learn of its budget, and the cookie that keeps it on this server.
func (v *visit) headers(h http.Header, status int, hasCookie bool) {
	l := v.load
	l.mu.Lock()
	defer l.mu.Unlock()
	spell(h, "x-ms-dop-hint", strconv.Itoa(l.hint()))
	if l.limits.On && status != http.StatusTooManyRequests { // as seen in environments
		at := l.time()
		requests, seconds := l.limits.left()
		left := max(0, int(requests-v.budget.requests.sum(at)))
		seconds = max(0, seconds-v.budget.seconds.sum(at))
		spell(h, "x-ms-ratelimit-burst-remaining-xrm-requests", strconv.Itoa(left))
		spell(h, "x-ms-ratelimit-time-remaining-xrm-requests", grouped(strconv.FormatFloat(seconds, 'f', 2, 64)))
	}
	if !hasCookie {
		h.Add("Set-Cookie", affinityCookie+"="+v.server.affinity+";Path=/;HttpOnly")
		h.Add("Set-Cookie", affinityCookie+"SameSite="+v.server.affinity+";Path=/;HttpOnly;SameSite=None")
	}
}

// affinityCookie is Azure's; Microsoft's pages do not name it.
const affinityCookie = "ARRAffinity"
