package dynamics

import (
	"math"
	"time"
)

// edge is by how much of a budget a job may be larger and still count as fitting in: what its
// requests take is not known better.
const edge = 0.02

// Work is what a job asks of Dynamics.
type Work struct {
	Requests int64
	Busy     time.Duration // execution time of all requests
	InFlight int           // requests that the server works on at a time
}

// TimeToFinish is what the documented limits leave of users' time on one web server, where nobody
// else uses them: each budget is spent at once and the next one as soon as it is there, or evenly,
// as the pace says.
// https://learn.microsoft.com/power-apps/developer/data-platform/api-limits
func (w Work) TimeToFinish(p Pace, users int) time.Duration {
	each := float64(max(1, users))
	budgets := max(float64(w.Requests)/documentedRequests, w.Busy.Seconds()/documentedBusy) / each
	window := nominalWindow.Seconds()
	atOnce := 0.0
	if w.Requests > 0 {
		rounds := math.Ceil(float64(w.Requests) / float64(max(1, w.InFlight)))
		atOnce = rounds * w.Busy.Seconds() / float64(w.Requests)
	}
	if share := p.Share(); share < 1 {
		return seconds(max(atOnce, budgets*window/share))
	}
	if atOnce >= budgets*window { // no budget is ever used up
		return seconds(atOnce)
	}
	whole := max(0, math.Ceil(budgets-edge)-1)
	return seconds(whole*window + atOnce/budgets*(budgets-whole))
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// WriteTime is what writing has taken.
type WriteTime struct {
	Rows     int64
	Busy     time.Duration // from sending a request to its answer, of all of them
	InFlight int           // requests that the server bore at a time, lately
}

// TakeWriteTime gives what writing has taken since the last call.
func (c *Client) TakeWriteTime() WriteTime {
	c.writing.Lock()
	defer c.writing.Unlock()
	taken := c.writing.WriteTime
	c.writing.WriteTime = WriteTime{}
	taken.InFlight = int(c.Limits().Concurrency)
	return taken
}

// wrote counts a write that was done.
func (c *Client) wrote(rows int, took time.Duration) {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.writing.Rows += int64(rows)
	c.writing.Busy += took
}
