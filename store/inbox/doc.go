// Package inbox holds what streams have received and not yet settled.
//
// On disk an event is a row of inbox, numbered without gaps within its stream. A stream has a row
// of streams, with the micro-batch that is under way: the events up to batch_to.
//
//	inbox    destination  audience  seq  version  arrived_at  record (JSON)
//	         dynamics     vip       41   3        t           {...}    \ the micro-batch m7
//	         dynamics     vip       42   3        t           {...}    /
//	         dynamics     vip       43   4        t           {...}      the next: another version
//	streams  destination  audience  version  last_seq  dirty  batch_run  batch_version  batch_to
//	         dynamics     vip       4        43        1      m7         3              42
//
// stream_activations has the activations that events are read with, by version; unreadable what was
// received and is no profile, unmapped_bodies how much came of audiences that nobody streams.
//
// Invariants:
//
//  1. Events become visible in the order of their numbers, and leave from the front alone, with the
//     micro-batch that they belong to.
//  2. A stream whose inbox is not empty is dirty; the mark is cleared in the transaction that found
//     the inbox empty. Whoever makes a clean stream dirty is told to wake it.
//  3. A micro-batch has events of one version, and a stream at most one micro-batch.
//
// It knows nothing of rows and outcomes: a micro-batch is a run of its own, staged and sent as any
// other.
package inbox
