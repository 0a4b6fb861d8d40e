package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"audienceflow/dynamics"
	"audienceflow/store"
)

// limitScale is how many times as fast the simulator's time runs.
const limitScale = 7.5

// The load model: the latencies of a trial environment, in a simulator whose time runs limitScale
// times as fast, so that its limits let about 1,000 contacts through in a second and its windows of
// five minutes last forty seconds.
var limitFlags = []string{"-limits", "on", "-latency", "300ms", "-row-latency", "30ms", "-time-scale", strconv.FormatFloat(limitScale, 'g', -1, 64)}

// simulatorStats are those of /_simulator/stats that are looked at here.
type simulatorStats struct {
	Requests     int         `json:"requests"`
	ByStatus     map[int]int `json:"byStatus"`
	EarlyRetries int         `json:"earlyRetries"`
	Allowed      struct {
		RowsPerSecond *float64 `json:"rowsPerSecond"`
	} `json:"allowed"`
}

// limited activates contacts at a simulator with limits and load model.
func (w *world) limited(ctx context.Context, contacts int) (limit Limit, err error) {
	w.say(fmt.Sprintf("%d contacts at the limits", contacts))
	simulator, address, err := w.simulator(contacts, limitFlags...)
	if err != nil {
		return limit, err
	}
	defer func() {
		_, stopErr := simulator.stop()
		err = errors.Join(err, stopErr)
	}()
	bare, err := signIn(ctx, address, network())
	if err != nil {
		return limit, err
	}
	ids, err := bare.contacts(ctx)
	if err != nil {
		return limit, err
	}
	file, err := writeSource(w.folder, ids, 1)
	if err != nil {
		return limit, err
	}
	store := "sqlite:" + w.file("limit.db")
	worker, err := w.worker(address, store)
	if err != nil {
		return limit, err
	}
	defer func() {
		_, stopErr := worker.stop()
		err = errors.Join(err, stopErr)
	}()
	t, err := w.activate(ctx, file, store, contacts)
	if err != nil {
		return limit, err
	}
	text, err := bare.call(ctx, http.MethodGet, "/_simulator/stats", "", "")
	if err != nil {
		return limit, err
	}
	var stats simulatorStats
	if err := json.Unmarshal(text, &stats); err != nil {
		return limit, fmt.Errorf("the simulator's stats: %w", err)
	}
	forecast, err := forecastOf(ctx, store, contacts)
	if err != nil {
		return limit, err
	}
	return limitOf(contacts, t, stats, forecast), nil
}

// forecastOf is how long plan would say that so many contacts take, by what writing has taken:
// the arithmetic knows windows of five minutes, so it is done in the simulator's time.
func forecastOf(ctx context.Context, url string, contacts int) (time.Duration, error) {
	s, err := store.Open(ctx, url)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	took, err := s.WriteTime(ctx, destination)
	if err != nil || took.Rows == 0 {
		return 0, err
	}
	work := dynamics.Work{
		Requests: int64((contacts + dynamics.DefaultRequestSize - 1) / dynamics.DefaultRequestSize),
		Busy:     time.Duration(limitScale * float64(took.Busy) / float64(took.Rows) * float64(contacts)),
		InFlight: int(took.InFlight),
	}
	return time.Duration(float64(work.TimeToFinish(dynamics.PaceFast, 1)) / limitScale), nil
}

func limitOf(contacts int, t trace, s simulatorStats, forecast time.Duration) Limit {
	sending := t.send.whole()
	took := sending.to.Sub(sending.from)
	l := Limit{
		Contacts: contacts, Achieved: rate(contacts, took), EarlyRetries: s.EarlyRetries,
		Seconds: took.Seconds(), Forecast: forecast.Seconds(), ForecastError: share(forecast.Seconds()-took.Seconds(), took.Seconds()),
		RefusedShare: share(float64(s.ByStatus[http.StatusTooManyRequests]), float64(s.Requests)),
		OtherShare:   1 - share(t.send.length().Seconds(), t.activation().Seconds()),
	}
	if s.Allowed.RowsPerSecond != nil {
		l.Allowed = *s.Allowed.RowsPerSecond
	}
	l.Ratio = share(l.Achieved, l.Allowed)
	return l
}
