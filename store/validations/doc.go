// Package validations holds what was found when contacts were read back from Dynamics.
//
// On disk a validation is a row of validations, the counts of each slice that was read are a row of
// validation_slices, and each column that is not as the ledger says is a row of mismatches:
//
//	validations        validation  run  destination  column_name  tolerance  verdict  started_at  ended_at
//	validation_slices  validation  slice  expected  matched  mismatched  missing  realized_expected ...
//	mismatches         validation  contact  column_name  slice  kind  expected  actual  modified_by
//
// Invariants:
//
//  1. What a slice has found takes the place of what an earlier try at the same slice did, so that
//     the numbers of a validation are the sums over its slices.
//  2. expected = matched + mismatched + missing, in each slice.
//
// It knows neither what was expected nor why: who compares, and what the verdict is, is decided
// above.
package validations
