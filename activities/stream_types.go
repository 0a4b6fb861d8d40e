package activities

import (
	"time"

	"audienceflow/runs"
	"audienceflow/store"
)

// StreamKey names a stream: an audience of a destination.
type StreamKey = store.StreamKey

// StreamStatus is how far a stream is behind: events received and not yet settled, and how long the oldest of them waits.
type StreamStatus struct {
	Backlog    int64   `json:"backlog"`
	LagSeconds float64 `json:"lagSeconds"`
	// Unmapped counts bodies for the destination, by sender, that held no profile of an audience that is streamed to it. The
	// starter adds it from the store.
	Unmapped []store.UnmappedBodies `json:"unmapped,omitempty"`
}

// OpenWindowInput asks for the run of a window: an hour of a stream, under one version of its activation. Previous is the
// window before it, if any: it is over.
type OpenWindowInput struct {
	Stream     StreamKey `json:"stream"`
	WorkflowID string    `json:"workflowId"`
	Run        string    `json:"run"`
	Version    int64     `json:"version"`
	Now        time.Time `json:"now"`
	Previous   string    `json:"previous,omitempty"`
}

// OpenWindowResult is what the window's activation says, and what guards judge its micro-batches by.
type OpenWindowResult struct {
	StoreID   string `json:"storeId"`
	Column    string `json:"column"`
	MappingID string `json:"mappingId"`
	Name      string `json:"name,omitempty"`
	Guard     Guard  `json:"guard"`
	// Alerts are the activation's targets.
	Alerts []Alert `json:"alerts,omitempty"`
	// Realized counts the contacts that are realized by the ledger; FirstRun is set when it knows none.
	Realized int64 `json:"realized"`
	FirstRun bool  `json:"firstRun"`
}

// DrainStreamInput asks for the next micro-batch. Window is the window's run; empty before there is one. Done is the
// micro-batch that was sent last, to be settled in DoneWindow.
type DrainStreamInput struct {
	Stream     StreamKey `json:"stream"`
	Window     string    `json:"window,omitempty"`
	Version    int64     `json:"version,omitempty"`
	Done       string    `json:"done,omitempty"`
	DoneWindow string    `json:"doneWindow,omitempty"`
}

// DrainStreamResult is a micro-batch that is ready to be sent, in Batches batches of Run. Clean: there is nothing left. Neither:
// the events at the front need a window of Version.
type DrainStreamResult struct {
	Clean   bool   `json:"clean,omitempty"`
	Version int64  `json:"version,omitempty"`
	Run     string `json:"run,omitempty"`
	Batches int    `json:"batches,omitempty"`
	Risks   Risks  `json:"risks,omitzero"`
	// Numbers are the window's so far, of settled micro-batches.
	Numbers runs.Numbers `json:"numbers"`
	Status  StreamStatus `json:"status"`
}
