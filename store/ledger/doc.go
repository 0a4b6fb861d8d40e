// Package ledger holds what Dynamics holds by our knowledge: for each status column the word that
// each contact was given, and for each destination the values of mapped columns.
//
// On disk a ledger is a row of the table ledger_leaves for up to 32 contacts, in the order of
// contacts, like the leaves of a B-tree. The ledger of values has no name:
//
//	destination  ledger    first_contact  contacts  counts                entries
//	dynamics     acme_vip  ""             2         [["realized",0,2]]    [["0a..","realized",0,t,asOf,"run",1],["0f..",...]]
//	dynamics     acme_vip  "17.."         32        [["realized",0,30]..  [["17..","realized",...],...]
//	dynamics     ""        ""             2         []                    [["0a..",{"firstname":"Ann"},asOf,null],...]
//
// The views exported_status and exported_values show a row for each contact.
//
// Invariants:
//
//  1. A leaf has the contacts from its first_contact up to the next leaf's; the first leaf of a
//     ledger begins with "". No contact stands in two leaves.
//  2. contacts and counts are those of the entries: the numbers of a ledger need no entry.
//  3. A contact that is removed names no leaf any more.
//
// What leaves buy (docs/performance.md): a row for each contact and ledger, the plain way, cost
// 10 µs of keyed inserts for each contact sent, half of what sending took then. Plain rows for
// ledgers and runs together took 72 µs of the store's CPU a contact against 20 in packed forms
// (SQLite, 100,000 contacts), and several times more at a million, whose keys outgrow the cache.
//
// It knows nothing of runs, batches and audiences: who may write, and in which order, is decided
// above.
package ledger
