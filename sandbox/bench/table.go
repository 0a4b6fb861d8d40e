package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// targetsOf are what the product is meant to reach on two cores.
const (
	sendTarget     = 0.35
	activateTarget = 0.12
	rerunTarget    = 0.60
	validateTarget = 0.40
)

// printTable prints a result for people.
func printTable(out io.Writer, r Result) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(format string, values ...any) { fmt.Fprintf(t, format+"\n", values...) }
	row("%d contacts on %d cores\tcontacts/s\tof the bare loop\tworker µs/contact\tagain, 1 %% changed", r.Contacts, r.Cores)
	row("bare loop\t%.0f\t100 %%\t\t", r.BareLoop)
	row("bare loop, 8 at a time\t%.0f\t%.0f %%\t\t", r.BareParallel, 100*share(r.BareParallel, r.BareLoop))
	for _, s := range []struct {
		name                  string
		perSecond, cpu, rerun float64
	}{
		{"stage", r.Stages.Stage, r.WorkerMicroseconds.Stage, r.RerunMicroseconds.Stage},
		{"plan", r.Stages.Plan, r.WorkerMicroseconds.Plan, r.RerunMicroseconds.Plan},
		{"read", r.Stages.Read, r.WorkerMicroseconds.Read, r.RerunMicroseconds.Read},
		{"send", r.Stages.Send, r.WorkerMicroseconds.Send, r.RerunMicroseconds.Send},
		{"validate", r.Stages.Validate, r.WorkerMicroseconds.Validate, r.RerunMicroseconds.Validate},
	} {
		row("%s\t%.0f\t%.0f %%\t%.1f\t%.1f", s.name, s.perSecond, 100*share(s.perSecond, r.BareLoop), s.cpu, s.rerun)
	}
	row("all, with validation\t\t\t%.1f\t%.1f", r.WorkerMicroseconds.Whole, r.RerunMicroseconds.Whole)
	for _, p := range []struct {
		name      string
		perSecond *float64
	}{
		{"one PATCH after the other", r.Peers.PatchSequential},
		{"one PATCH per contact, 8 at a time", r.Peers.Patch},
		{"$batch of 100, 8 at a time", r.Peers.Batch100},
		{"dynamics-web-api, bulk, 8 at a time", r.Peers.DynamicsWebAPI},
	} {
		if p.perSecond == nil {
			row("%s\tleft out\t\t\t", p.name)
			continue
		}
		row("%s\t%.0f\t%.0f %%\t\t", p.name, *p.perSecond, 100*share(*p.perSecond, r.BareLoop))
	}
	row("\nratio\tmeasured\ttarget\tseconds")
	row("send to bare loop\t%.2f\tat least %.2f\t", r.Ratios.Send, sendTarget)
	row("first activation to bare loop\t%.2f\tat least %.2f\t%.1f", r.Ratios.Activate, activateTarget, r.Seconds.Activate)
	row("second activation (1 %% changed) to first\t%.2f\tat most %.2f\t%.1f", r.Ratios.Rerun, rerunTarget, r.Seconds.Rerun)
	row("validation to first activation\t%.2f\tat most %.2f\t%.1f", r.Ratios.Validate, validateTarget, r.Seconds.Validate)
	printLimit(row, r.Limit)
	row("\nworker's memory at its peak\t%.0f MB", float64(r.WorkerMemoryBytes)/1e6)
	row("history\t%d events, %d bytes in %d runs; at most %d and %d in one", r.History.Events, r.History.Bytes, r.History.Runs,
		r.History.MostEvents, r.History.MostBytes)
	if r.History.Runs > 1 {
		row("handing over\tnothing sent for %.2f s\tat most two batches of %.2f s", r.History.HandOverSeconds, r.History.BatchSeconds)
	}
	row("history per 1,000,000 contacts\t%d events, %d bytes", r.History.PerMillion.Events, r.History.PerMillion.Bytes)
	for _, why := range r.LeftOut {
		row("%s", why)
	}
	return t.Flush()
}

func printLimit(row func(string, ...any), l *Limit) {
	if l == nil {
		return
	}
	row("\nat the limits, %d contacts\t%.0f contacts/s of %.0f allowed\t%.0f %%\t", l.Contacts, l.Achieved, l.Allowed, 100*l.Ratio)
	row("refused requests\t%.2f %%\tat most 1 %%\t", 100*l.RefusedShare)
	row("early retries\t%d\t\t", l.EarlyRetries)
	row("time in which nothing was sent\t%.1f %%\tat most 5 %%\t", 100*l.OtherShare)
	row("forecast of the sending\t%+.0f %%\twithin 15 %%\t%.0f s, took %.0f s", 100*l.ForecastError, l.Forecast, l.Seconds)
}
