// Package runlog holds what is known of each run but its rows: what it is for, where it stands,
// what it was started with, and when it is over, its report.
//
// On disk a run is a row of runs; beside it stand what it was started with and what its latest
// failure says in words of its source:
//
//	runs             run  kind      destination  audience  column_name  status   since  ended_at  counts
//	                 r1   activate  dynamics     vip       acme_vip     running  t      NULL      NULL
//	run_settings     run  settings (JSON)
//	failure_details  run  detail  at
//
// The row of a run has columns that other packages keep their place in: staging how far it is
// (staged_position, staged_after, sorted_to, staging_done), the store its policy and how far exits
// by absence have come (policy, absent_cursor, absent_done, absent).
//
// Invariants:
//
//  1. A run that has ended stays as it ended: its status, its report, its numbers. The hour of a
//     stream alone is opened again when something comes in.
//  2. A run reads one version of its source, the one that was pinned first.
//  3. Neither settings nor failure details are looked into here; nothing here holds a contact but
//     the details of failures, which go with their retention.
//
// It knows nothing of rows, batches and ledgers.
package runlog
