package dynamics

import "time"

// Exchange is one request and how it ended, for whoever measures.
type Exchange struct {
	// Kind is what the request was for, one of a few: "update contacts", "sign in".
	Kind string
	// Status is the HTTP status of its answer; 0 where there was none.
	Status int
	// Took is the time from the moment when it could be sent until its answer was read.
	Took time.Duration
}

// observe tells Config.Observe of a request that began at a moment.
func (c *Client) observe(kind string, status int, began time.Time) {
	if c.cfg.Observe != nil {
		c.cfg.Observe(Exchange{Kind: kind, Status: status, Took: time.Since(began)})
	}
}
