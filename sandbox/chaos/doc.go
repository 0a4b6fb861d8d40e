// Package chaos kills, stops and misleads the whole system while it works, and then compares every
// contact, number and ledger entry with a model.
//
// The model (model_test.go) knows what every step must come to, whatever happens meanwhile. Of each
// destination it knows the columns of every contact, what was exported of each audience and when it
// qualified, the attributes, and who was deleted. From that it foretells the numbers of each run:
// of one that completes, of a dry run, and of one that follows a canceled one, which has written
// some of the rows. Three things it is told: which rows a plug-in of the simulated Dynamics has
// refused, what a canceled run has written, and for which troubles (trouble_test.go) a run may fail
// or pause.
//
// There are tests here alone; CONTRIBUTING.md says how to run them longer, or with another seed.
package chaos
