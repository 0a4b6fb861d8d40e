// Package workflows decides what happens in which order: ActivateAudience carries an audience into
// Dynamics 365, ValidateExport proves that it arrived.
//
// It owns the names of workflows, signals and queries, the activity options, and the decisions
// between steps. It knows the types and names of activities and nothing of what lies below them;
// its code is deterministic.
package workflows
