package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"audienceflow/audience"
	"audienceflow/dynamics"
	"audienceflow/mapping"
	"audienceflow/runs"
	"audienceflow/store"
)

// settings are what a run was started with and what its columns resolved to. They are kept in the
// store, so that what travels through Temporal stays small.
type settings struct {
	Activation Activation        `json:"activation"`
	Full       bool              `json:"full,omitempty"`
	Kind       string            `json:"kind"`
	Rows       Rows              `json:"rows,omitempty"`
	Of         string            `json:"of,omitempty"`
	Now        time.Time         `json:"now"`
	Status     dynamics.Column   `json:"status"`
	Mapped     []dynamics.Column `json:"mapped"`
	// Corrections is the path of a CSV file.
	Corrections string `json:"corrections,omitempty"`
	// Policy is what an unmapping leaves in the column.
	Policy runs.UnmapPolicy `json:"policy,omitempty"`
}

// policy is what the run decides by.
func (s settings) policy() store.Policy {
	a := s.Activation
	return store.Policy{
		Destination: a.Destination, StatusColumn: s.Status.LogicalName,
		RealizedWord: a.Statuses.Realized, ExitedWord: a.Statuses.Exited, OnExit: a.OnExit,
		Full: s.Full || s.Rows == RowsDiffering, // the ledger is right: what differs is Dynamics
	}
}

// fields are the mapped fields and their columns.
func (s settings) fields() mapping.Fields {
	return mapping.Fields{Mapping: s.Activation.Mapping, Columns: s.Mapped, Reject: s.Activation.OnBadValue == audience.OnBadValueReject}
}

// columns are all that the run may write, the status column first.
func (s settings) columns() []dynamics.Column {
	return append([]dynamics.Column{s.Status}, s.Mapped...)
}

// byName are the run's columns by their logical names.
func (s settings) byName() map[string]*dynamics.Column {
	columns := make(map[string]*dynamics.Column, len(s.Mapped)+1)
	for _, c := range s.columns() {
		columns[c.LogicalName] = &c
	}
	return columns
}

// cachedRuns is how many runs' settings a worker remembers: more than ever are under way at once.
const cachedRuns = 64

// settingsCache reads settings from the store once per run and worker. They never change.
type settingsCache struct {
	store *store.Store
	mu    sync.Mutex
	known map[string]settings
}

func newSettingsCache(s *store.Store) *settingsCache {
	return &settingsCache{store: s, known: map[string]settings{}}
}

func (c *settingsCache) of(ctx context.Context, run string) (settings, error) {
	c.mu.Lock()
	known, ok := c.known[run]
	c.mu.Unlock()
	if ok {
		return known, nil
	}
	text, err := c.store.RunSettings(ctx, run)
	if err != nil {
		return settings{}, err
	}
	s, err := readSettings(run, text)
	if err != nil {
		return settings{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.known) >= cachedRuns {
		clear(c.known)
	}
	c.known[run] = s
	return s, nil
}

// ActivationOf gives the activation that a run was started with, from what the store keeps as its
// settings.
func ActivationOf(ctx context.Context, kept *store.Store, run string) (Activation, error) {
	text, err := kept.RunSettings(ctx, run)
	if err != nil {
		return Activation{}, err
	}
	s, err := readSettings(run, text)
	return s.Activation, err
}

// ReplayedRun gives the run whose failed rows a replay sends again; empty for other runs.
func ReplayedRun(ctx context.Context, kept *store.Store, run string) (string, error) {
	text, err := kept.RunSettings(ctx, run)
	if err != nil {
		return "", err
	}
	s, err := readSettings(run, text)
	return s.Of, err
}

// readSettings reads what the store keeps as a run's settings. What cannot be read now cannot be
// read later.
func readSettings(run string, text []byte) (s settings, err error) {
	if err := json.Unmarshal(text, &s); err != nil {
		return s, final(ErrStore, fmt.Errorf("the store's settings of run %s cannot be read (%w): it is damaged, put its backup in place", run, err))
	}
	return s, nil
}
