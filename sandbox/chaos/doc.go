// Package chaos kills, stops and misleads the whole system while it works, and then compares every contact, number and
// ledger entry with a model. It holds tests alone; CONTRIBUTING.md says how to run them longer, or with another seed.
package chaos
