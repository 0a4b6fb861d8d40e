package main

import "time"

// Result is what the bench prints as JSON. Rates are contacts per second of elapsed time.
type Result struct {
	Contacts int `json:"contacts"`
	Cores    int `json:"cores"`
	// BareLoop posts ready-made UpdateMultiple bodies, one after the other and without delay, to
	// the same simulator: before the first activation and again after the second, the mean of both.
	// BareParallel has 8 in flight.
	BareLoop     float64 `json:"bareLoop"`
	BareParallel float64 `json:"bareParallel"`
	Stages       Stages  `json:"stages"`
	// WorkerMicroseconds is the worker's CPU time per contact in each stage, 0 where the system
	// does not tell.
	WorkerMicroseconds StageCosts `json:"workerMicroseconds"`
	// RerunMicroseconds is the same of the second activation, per contact of the audience.
	RerunMicroseconds StageCosts `json:"rerunMicroseconds"`
	Seconds           Seconds    `json:"seconds"`
	Ratios            Ratios     `json:"ratios"`
	Limit             *Limit     `json:"limit"` // nil: left out
	Peers             Peers      `json:"peers"`
	// LeftOut says which peers were not run, and why.
	LeftOut           []string `json:"leftOut,omitempty"`
	WorkerMemoryBytes int64    `json:"workerMemoryBytes"` // at its peak, over the first and the second activation
	History           History  `json:"history"`
}

// Stages holds one number per stage of a first activation.
type Stages struct {
	Stage    float64 `json:"stage"`
	Plan     float64 `json:"plan"`
	Read     float64 `json:"read"`
	Send     float64 `json:"send"`
	Validate float64 `json:"validate"`
}

// StageCosts are the CPU times of the stages, which overlap, and of all from the beginning to the
// end of the activation, its validation included.
type StageCosts struct {
	Stages
	Whole float64 `json:"whole"`
}

// Seconds are elapsed times; activations are without their validation.
type Seconds struct {
	Activate float64 `json:"activate"`
	Rerun    float64 `json:"rerun"`
	Validate float64 `json:"validate"`
}

// Ratios compare what was measured with each other.
type Ratios struct {
	// Send and Activate are the sending stage's and the whole first activation's contacts per
	// second, without its validation, to the bare loop's.
	Send     float64 `json:"send"`
	Activate float64 `json:"activate"`
	// Rerun is the time of a second activation of which 1 % has changed, and Validate the time of
	// the first one's validation, to the time of the first activation.
	Rerun    float64 `json:"rerun"`
	Validate float64 `json:"validate"`
}

// Limit is an activation with the service protection limits and the load model on.
type Limit struct {
	Contacts int     `json:"contacts"`
	Achieved float64 `json:"achieved"` // contacts per second while contacts were being sent
	Allowed  float64 `json:"allowed"`  // what limits and load model allow in the long run, by the simulator
	Ratio    float64 `json:"ratio"`
	// RefusedShare is the share of requests that were answered with 429, EarlyRetries those sent
	// inside a Retry-After.
	RefusedShare float64 `json:"refusedShare"`
	EarlyRetries int     `json:"earlyRetries"`
	// OtherShare is the share of the activation, without its validation, in which nothing was sent.
	OtherShare float64 `json:"otherShare"`
	// Seconds is how long contacts were being sent, Forecast how long plan would say that it takes,
	// by what writing took, and ForecastError the difference, as a part of Seconds.
	Seconds       float64 `json:"seconds"`
	Forecast      float64 `json:"forecast"`
	ForecastError float64 `json:"forecastError"`
}

// Peers are other ways of writing the same columns of the same contacts; nil ones were left out.
type Peers struct {
	Patch           *float64 `json:"patch"`           // one PATCH per contact
	Batch100        *float64 `json:"batch100"`        // $batch with 100 of them
	DynamicsWebAPI  *float64 `json:"dynamicsWebApi"`  // UpdateMultiple by the npm client of that name
	PatchSequential *float64 `json:"patchSequential"` // one PATCH after the other
}

// History is what the first activation left in Temporal, all its runs together.
type History struct {
	Events int64 `json:"events"`
	Bytes  int64 `json:"bytes"`
	Runs   int   `json:"runs"`
	// MostEvents and MostBytes are those of its longest run.
	MostEvents int64 `json:"mostEvents"`
	MostBytes  int64 `json:"mostBytes"`
	// HandOverSeconds is the longest time that nothing was sent for a run to continue as new, 0
	// where none did; BatchSeconds is what a batch takes on average.
	HandOverSeconds float64 `json:"handOverSeconds"`
	BatchSeconds    float64 `json:"batchSeconds"`
	// PerMillion is scaled to 1,000,000 contacts.
	PerMillion struct {
		Events int64 `json:"events"`
		Bytes  int64 `json:"bytes"`
	} `json:"perMillion"`
}

// rate is contacts per second; 0 for what did not happen.
func rate(contacts int, took time.Duration) float64 {
	if took <= 0 {
		return 0
	}
	return float64(contacts) / took.Seconds()
}

func share(part, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	return part / whole
}

// fill computes what follows from the two activations' traces.
func (r *Result) fill(first, second trace) {
	n := r.Contacts
	r.Stages = Stages{
		Stage: rate(n, first.stage.length()), Plan: rate(n, first.plan.length()), Read: rate(n, first.read.length()),
		Send: rate(n, first.send.length()), Validate: rate(n, first.validate.length()),
	}
	r.Seconds = Seconds{
		Activate: first.activation().Seconds(), Rerun: second.activation().Seconds(), Validate: first.validate.length().Seconds(),
	}
	r.Ratios = Ratios{
		Send:     share(r.Stages.Send, r.BareLoop),
		Activate: share(rate(n, first.activation()), r.BareLoop),
		Rerun:    share(r.Seconds.Rerun, r.Seconds.Activate),
		Validate: share(r.Seconds.Validate, r.Seconds.Activate),
	}
	r.History = first.history
	r.History.BatchSeconds = first.send.mean().Seconds()
	if first.history.Runs > 1 {
		r.History.HandOverSeconds = first.send.longestGap().Seconds()
	}
	const million = 1_000_000
	r.History.PerMillion.Events = first.history.Events * million / int64(n)
	r.History.PerMillion.Bytes = first.history.Bytes * million / int64(n)
}
