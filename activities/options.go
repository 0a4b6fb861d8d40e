package activities

import (
	"time"

	"go.temporal.io/sdk/worker"

	"audienceflow/activities/lease"
	"audienceflow/activities/quiethours"
	"audienceflow/dynamics"
	"audienceflow/store"
)

// Destination is a Dynamics 365 environment as a worker knows it.
type Destination struct {
	Name        string
	Description string
	Disabled    bool
	// Prefix is the Customization Prefix.
	Prefix string
	// RequestSize is how many contacts go into one request; RequestTimeout how long one may take.
	RequestSize    int
	RequestTimeout time.Duration
	// Pace is how much of the environment's limits the client takes.
	Pace dynamics.Pace
	// Users are how many application users the client signs in as; 0: one.
	Users int
	// ServerTimeout is how long Dynamics may work on a request, also when nobody waits for its
	// answer any more; 0: two minutes, after which Dataverse gives up.
	ServerTimeout time.Duration
	// DailyRows are the rows that may be changed in 24 hours, 0 for any number.
	DailyRows int64
	// QuietHours are those of the day in which nothing is sent; nil for none.
	QuietHours *quiethours.Hours
	Client     *dynamics.Client

	margin time.Duration // 0: leaseMargin
}

// dataverseTimeout is when Dataverse itself gives up on a request.
const dataverseTimeout = 2 * time.Minute

// requestLasts is the longest that a request may have an effect after it was sent, whatever became
// of its answer.
func (d Destination) requestLasts() time.Duration {
	if d.ServerTimeout == 0 {
		return max(d.RequestTimeout, dataverseTimeout)
	}
	return max(d.RequestTimeout, d.ServerTimeout)
}

// lease is how long a batch stays with an attempt that is no longer heard of: longer than a request
// may last, so that no request of the old attempt is under way when the next one sends. It is
// prolonged with every heartbeat, and nothing is sent under it that might outlast it.
func (d Destination) lease() time.Duration {
	if d.margin > 0 {
		return d.requestLasts() + d.margin
	}
	return d.requestLasts() + leaseMargin
}

// leaseMargin covers the time between two heartbeats and the booking.
const leaseMargin = 15 * time.Second

// Options are what the activities of one destination work with.
type Options struct {
	Destination Destination
	Store       *store.Store
	// SourceRoots are the folders from which local sources may be read; empty: the activation
	// file's own and the working folder.
	SourceRoots []string
	// SourceURL gives the database URL of a named connection, for SQL sources.
	SourceURL func(connection string) string
	// Alerts reach those who are to be told of trouble.
	Alerts Alerts
	// CertFile is the file of the authorities that this process trusts, where it is not the
	// system's.
	CertFile string
	// AlertURL gives the URL of a named alert target.
	AlertURL func(name string) string
	// Observer is told what gets done; nil: nobody is.
	Observer Observer
	// Host is the worker's host name, for errors about paths that it cannot see.
	Host string

	clock        func() lease.Instant // nil: the system's
	timeOfDay    func() time.Time     // nil: the system's
	trials       []time.Duration      // nil: trialTimes
	organization *organizationCheck   // shared by all steps of the destination
}

// Register makes the activities of a destination known to the worker that polls its queue.
func Register(r worker.ActivityRegistry, o Options) {
	o.organization = &organizationCheck{}
	cache := newSettingsCache(o.Store)
	connection := &Connection{o: o}
	r.RegisterActivity(connection)
	planning := &Planning{o: o, runs: cache}
	r.RegisterActivity(planning)
	r.RegisterActivity(&Streaming{o: o, runs: cache, planning: planning})
	r.RegisterActivity(&Sending{o: o, runs: cache, trials: newTrials(o), counter: newRunCounter(o.Store)})
	r.RegisterActivity(&Validating{o: o, tables: &tables{client: o.Destination.Client}, runs: cache, pause: sleep})
	r.RegisterActivity(&Records{o: o, runs: cache})
}
