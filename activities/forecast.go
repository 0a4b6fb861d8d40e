package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"

	"audienceflow/dynamics"
	"audienceflow/store/destinations"
)

const (
	// rowTime is a cautious guess at what a row costs Dynamics where no plug-in is registered, and
	// inFlight at how many requests it works on at a time: until something was written.
	rowTime  = 15 * time.Millisecond
	inFlight = 8
	// measuredFrom is how many rows have to be written before that tells what a row takes.
	measuredFrom = 1_000
)

// forecast gives the requests that rows need, and the minutes that these take on one web server at
// the destination's pace, by what writing has taken there lately.
func (p *Planning) forecast(ctx context.Context, rows int64) (requests int64, minutes float64, err error) {
	d := p.o.Destination
	w, err := p.o.Store.WriteTime(ctx, d.Name)
	if err != nil {
		return 0, 0, err
	}
	work := workOf(rows, d, w)
	return work.Requests, work.TimeToFinish(d.Pace, d.Users).Minutes(), nil
}

// workOf is what rows ask of Dynamics.
func workOf(rows int64, d Destination, w destinations.WriteTime) dynamics.Work {
	size := int64(d.RequestSize)
	if size <= 0 {
		size = dynamics.DefaultRequestSize
	}
	each, atOnce := rowTime, int64(inFlight)
	if w.Rows >= measuredFrom {
		each, atOnce = w.Busy/time.Duration(w.Rows), w.InFlight
	}
	return dynamics.Work{Requests: (rows + size - 1) / size, Busy: time.Duration(rows) * each, InFlight: int(atOnce)}
}

// noteWriteTime keeps what writing took since the last batch. A forecast that misses it is a little
// older.
func (s *Sending) noteWriteTime(ctx context.Context) {
	took := s.o.Destination.Client.TakeWriteTime()
	if took.Rows == 0 {
		return
	}
	w := destinations.WriteTime{Rows: took.Rows, Busy: took.Busy, InFlight: int64(max(1, took.InFlight))}
	if err := s.o.Store.AddWriteTime(ctx, s.o.Destination.Name, w); err != nil {
		activity.GetLogger(ctx).Warn("what writing takes could not be kept", "destination", s.o.Destination.Name, "error", err)
	}
}
