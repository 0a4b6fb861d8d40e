package activities

import (
	"time"

	"audienceflow/audience"
	"audienceflow/runs"
	"audienceflow/store/inbox"
)

// Rows says which rows a run stages.
type Rows string

// What a run stages: the records of its source, or rows that the store knows.
const (
	RowsOfSource  Rows = ""          // what the source holds
	RowsFailed    Rows = "failed"    // failed rows of the run Of, with Corrections if there are any
	RowsDiffering Rows = "differing" // what the validation Of found to differ
	RowsExported  Rows = "exported"  // all that was exported, to be cleared
)

// Activation is one audience of an activation file, as it travels through Temporal.
type Activation = audience.Activation

// Guard holds the shares beyond which a run waits for a person.
type Guard = audience.Guard

// RunInput names a run; everything else about it is in the store.
type RunInput struct {
	Run string `json:"run"`
}

// AuthenticateInput names the destination to sign in to.
type AuthenticateInput struct {
	Destination string `json:"destination"`
}

// AuthenticateResult says who signed in where.
type AuthenticateResult struct {
	Environment    string `json:"environment"`
	OrganizationID string `json:"organizationId"`
	UserID         string `json:"userId"`
}

// ResolveColumnsInput asks for the columns of an activation.
type ResolveColumnsInput struct {
	Run        string     `json:"run"`
	Kind       string     `json:"kind"`
	WorkflowID string     `json:"workflowId"`
	Activation Activation `json:"activation"`
	Full       bool       `json:"full,omitempty"`
	Rows       Rows       `json:"rows,omitempty"`
	// Of is the run or the validation whose rows are staged.
	Of string `json:"of,omitempty"`
	// Corrections is the path of a CSV file with values put right, for a replay.
	Corrections string `json:"corrections,omitempty"`
	// Policy is what an unmapping leaves in the column.
	Policy runs.UnmapPolicy `json:"policy,omitempty"`
	// Now is the start of the run.
	Now time.Time `json:"now"`
}

// ResolveColumnsResult names what the Mapping ID and the targets resolved to.
type ResolveColumnsResult struct {
	StoreID string   `json:"storeId"`
	Column  string   `json:"column"`
	Mapped  []string `json:"mapped"`
}

// StageAudienceInput asks for a run's source to be staged. Now is the run's start: a qualification
// more than a day ahead of it does not count.
type StageAudienceInput struct {
	Run string    `json:"run"`
	Now time.Time `json:"now"`
}

// StageAudienceResult counts what was read.
type StageAudienceResult struct {
	AsOf    time.Time `json:"asOf"`
	Records int64     `json:"records"`
	Absent  int64     `json:"absent,omitempty"`
	// Seen are sentences about what the source does not hold as the activation names it.
	Seen []string `json:"seen,omitempty"`
	// Unmatched are mapped paths at which records have no value.
	Unmatched []string `json:"unmatched,omitempty"`
	// Lost are sentences, one for each mapped column of which every value was left out.
	Lost []string `json:"lost,omitempty"`
}

// PlanRunResult is where a plan stands. While ToRead is not zero, contacts have to be read from
// Dynamics before the plan can be finished by calling PlanRun again.
type PlanRunResult struct {
	Numbers runs.Numbers `json:"numbers"`
	ToRead  int64        `json:"toRead"`
	Batches int          `json:"batches"`
	Risks   Risks        `json:"risks"`
	// Requests and Minutes forecast the sending.
	Requests int64   `json:"requests"`
	Minutes  float64 `json:"minutes"`
	// DailyRows is the destination's daily budget; nil where it has none.
	DailyRows *runs.DailyRows `json:"dailyRows,omitempty"`
}

// Risks are the counts that guards judge.
type Risks struct {
	// Leaving counts contacts that would turn from realized to exited; Realized those that are
	// realized by the ledger.
	Leaving  int64 `json:"leaving"`
	Realized int64 `json:"realized"`
	// Exits counts rows to send whose status is exited, ToSend all rows to send.
	Exits  int64 `json:"exits"`
	ToSend int64 `json:"toSend"`
	// Overwrites counts contacts whose status column holds a word that is not ours.
	Overwrites int64 `json:"overwrites"`
	// Absent counts exits by absence, Unreadable the records that cannot be read of a source with
	// complete: true: each may be one of those absent.
	Absent     int64 `json:"absent,omitempty"`
	Unreadable int64 `json:"unreadable,omitempty"`
	// FirstRun is set when nothing was exported to the column before.
	FirstRun bool `json:"firstRun"`
	// Complete is set when contacts that the source does not name have exited.
	Complete bool `json:"complete,omitempty"`
	// Records counts what the source holds, Rows those of them that are of the audience. Of Rows,
	// Excluded could not be used; of these, WithoutID name no contact.
	Records   int64 `json:"records,omitempty"`
	Rows      int64 `json:"rows,omitempty"`
	Excluded  int64 `json:"excluded,omitempty"`
	WithoutID int64 `json:"withoutId,omitempty"`
	// Unsent counts rows that failed before anything was sent, contacts that Dynamics does not hold
	// aside.
	Unsent int64 `json:"unsent,omitempty"`
}

// ReadContactsInput names the slice of a run's contacts to read: the Slice-th of Slices equal parts
// of the id space.
type ReadContactsInput struct {
	Run    string `json:"run"`
	Slice  int    `json:"slice"`
	Slices int    `json:"slices"`
}

// ReadContactsResult counts the contacts read and those that Dynamics does not hold.
type ReadContactsResult struct {
	Read    int64 `json:"read"`
	Missing int64 `json:"missing"`
}

// UpdateContactsInput names a batch of a run.
type UpdateContactsInput struct {
	Run   string `json:"run"`
	Batch int    `json:"batch"`
	// OverBudget sends also what exceeds the destination's daily rows: a person has approved it.
	OverBudget bool `json:"overBudget,omitempty"`
}

// UpdateContactsResult counts the rows of the batch that its sending has decided, by outcome, from
// its first attempt on. Pending rows were given back and need the batch again.
type UpdateContactsResult struct {
	runs.Numbers
	// Run are the numbers of the whole run, counted when the batch had ended.
	Run *runs.Numbers `json:"run,omitempty"`
	// DailyRows is set when rows were given back because the destination's daily budget is used up.
	DailyRows *runs.DailyRows `json:"dailyRows,omitempty"`
}

// CheckInput names what to check.
type CheckInput struct {
	Activation Activation `json:"activation"`
}

// CheckStep is one step of a preflight and its verdict.
type CheckStep struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	// Warning tells that what Detail says is no error, but looks like a slip.
	Warning bool   `json:"warning,omitempty"`
	Detail  string `json:"detail"`
	Fix     string `json:"fix,omitempty"`
}

// CheckResult is a preflight: OK when every step is.
type CheckResult struct {
	Destination string      `json:"destination"`
	Audience    string      `json:"audience"`
	OK          bool        `json:"ok"`
	Steps       []CheckStep `json:"steps"`
}

// BeginValidationInput opens a validation. Run is the run that asks for it; empty when a person or
// a schedule does.
type BeginValidationInput struct {
	Validation string     `json:"validation"`
	WorkflowID string     `json:"workflowId"`
	Run        string     `json:"run,omitempty"`
	Activation Activation `json:"activation"`
	Now        time.Time  `json:"now"`
}

// BeginValidationResult says how many contacts are to be read back. Nothing is set after a run when
// nothing was ever exported: there is no verdict then.
type BeginValidationResult struct {
	Expected int64 `json:"expected"`
	Nothing  bool  `json:"nothing,omitempty"`
}

// EndValidationInput names the validation to be counted and closed.
type EndValidationInput struct {
	Validation string    `json:"validation"`
	Now        time.Time `json:"now"`
}

// ReadBackContactsResult counts the contacts of a slice.
type ReadBackContactsResult struct {
	Read int64 `json:"read"`
}

// ReadBackContactsInput names a slice of a validation.
type ReadBackContactsInput struct {
	Validation string `json:"validation"`
	Slice      int    `json:"slice"`
	Slices     int    `json:"slices"`
}

// RecordRunInput is the state of a run to be kept in the store.
type RecordRunInput struct {
	Report runs.Report `json:"report"`
}

// RecordRunResult carries the run's numbers, counted over its rows.
type RecordRunResult struct {
	Numbers runs.Numbers `json:"numbers"`
}

// RebindDestinationInput binds a destination to the organization that answers now. With Forget the
// ledgers are emptied, else they are kept: the contacts are said to have moved with their data.
type RebindDestinationInput struct {
	Destination string `json:"destination"`
	Forget      bool   `json:"forget,omitempty"`
}

// RebindDestinationResult tells what the destination was bound to, and what it is bound to now.
type RebindDestinationResult struct {
	Before BoundEnvironment `json:"before,omitzero"`
	Now    BoundEnvironment `json:"now"`
	// Ledger is "kept" or "forgotten".
	Ledger string `json:"ledger"`
}

// BoundEnvironment names an environment by its organization and its address.
type BoundEnvironment struct {
	OrganizationID string `json:"organizationId"`
	Address        string `json:"address"`
}

// Words of RebindDestinationResult.
const (
	LedgerKept      = "kept"
	LedgerForgotten = "forgotten"
)

// StreamKey names a stream: an audience of a destination.
type StreamKey = inbox.StreamKey

// OpenWindowInput asks for the run of a window: an hour of a stream, under one version of its
// activation. Previous is the window before it, if any: it is over.
type OpenWindowInput struct {
	Stream     StreamKey `json:"stream"`
	WorkflowID string    `json:"workflowId"`
	Run        string    `json:"run"`
	Version    int64     `json:"version"`
	Now        time.Time `json:"now"`
	Previous   string    `json:"previous,omitempty"`
}

// OpenWindowResult is what the window's activation says, and what guards judge its micro-batches
// by.
type OpenWindowResult struct {
	StoreID   string `json:"storeId"`
	Column    string `json:"column"`
	MappingID string `json:"mappingId"`
	Name      string `json:"name,omitempty"`
	Guard     Guard  `json:"guard"`
	// Alerts are the activation's targets.
	Alerts []Alert `json:"alerts,omitempty"`
	// Realized counts the contacts that are realized by the ledger; FirstRun is set when it knows
	// none.
	Realized int64 `json:"realized"`
	FirstRun bool  `json:"firstRun"`
}

// DrainStreamInput asks for the next micro-batch. Window is the window's run; empty before there is
// one. Done is the micro-batch that was sent last, to be settled in DoneWindow.
type DrainStreamInput struct {
	Stream     StreamKey `json:"stream"`
	Window     string    `json:"window,omitempty"`
	Version    int64     `json:"version,omitempty"`
	Done       string    `json:"done,omitempty"`
	DoneWindow string    `json:"doneWindow,omitempty"`
}

// DrainStreamResult is a micro-batch that is ready to be sent, in Batches batches of Run. Clean:
// there is nothing left. Neither: the events at the front need a window of Version.
type DrainStreamResult struct {
	// Alerts are those that the activation tells, where a window has to be opened.
	Alerts  []Alert `json:"alerts,omitempty"`
	Clean   bool    `json:"clean,omitempty"`
	Version int64   `json:"version,omitempty"`
	Run     string  `json:"run,omitempty"`
	Batches int     `json:"batches,omitempty"`
	Risks   Risks   `json:"risks,omitzero"`
	// Numbers are the window's so far, of settled micro-batches.
	Numbers runs.Numbers      `json:"numbers"`
	Status  runs.StreamStatus `json:"status"`
}
