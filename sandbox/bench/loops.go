package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"audienceflow/dynamics"
)

const (
	jsonType = "application/json"
	// loopContacts is how many contacts a bare loop writes at least, in several rounds over a small
	// audience.
	loopContacts = 100_000
	// bodiesHeld is how many ready-made bodies are kept at once: 100 of them are some 15 MB.
	bodiesHeld = 200

	patchSample      = 5_000
	sequentialSample = 1_000
	batchSample      = 20_000
	batchOperations  = 100
)

// bareLoop posts UpdateMultiple bodies that were made before, in requests as large as the
// product's, and gives the time that posting took and the contacts written.
func (w *web) bareLoop(ctx context.Context, ids []string, parallel int) (time.Duration, int, error) {
	requests := slices.Collect(slices.Chunk(ids, dynamics.DefaultRequestSize))
	var took time.Duration
	written := 0
	for written < loopContacts {
		for at := 0; at < len(requests); at += bodiesHeld {
			part := requests[at:min(at+bodiesHeld, len(requests))]
			bodies := make([]string, len(part))
			for i, request := range part {
				bodies[i] = targets(request, (at+i)*dynamics.DefaultRequestSize)
				written += len(request)
			}
			began := time.Now()
			err := each(len(bodies), parallel, func(i int) error {
				_, err := w.call(ctx, http.MethodPost, "/api/data/v9.2/contacts/Microsoft.Dynamics.CRM.UpdateMultiple", jsonType, bodies[i])
				return err
			})
			took += time.Since(began)
			if err != nil {
				return took, written, err
			}
		}
	}
	return took, written, nil
}

// patches sends one PATCH per contact of a sample and gives contacts per second.
func (w *web) patches(ctx context.Context, ids []string, sample, parallel int) (float64, error) {
	ids = ids[:min(sample, len(ids))]
	began := time.Now()
	err := each(len(ids), parallel, func(i int) error {
		_, err := w.call(ctx, http.MethodPatch, "/api/data/v9.2/contacts("+ids[i]+")", jsonType, "{"+members(ids[i], i)+"}")
		return err
	})
	return rate(len(ids), time.Since(began)), err
}

// batches sends a sample in $batch requests of batchOperations PATCHes and gives contacts per
// second.
func (w *web) batches(ctx context.Context, ids []string) (float64, error) {
	ids = ids[:min(batchSample, len(ids))]
	requests := slices.Collect(slices.Chunk(ids, batchOperations))
	began := time.Now()
	err := each(len(requests), loopParallel, func(i int) error {
		answer, err := w.call(ctx, http.MethodPost, "/api/data/v9.2/$batch", "multipart/mixed;boundary=batch",
			w.batchBody(requests[i], i*batchOperations))
		if err == nil && strings.Count(string(answer), "HTTP/1.1 204") != len(requests[i]) {
			err = fmt.Errorf("a $batch did not update all of its contacts")
		}
		return err
	})
	return rate(len(ids), time.Since(began)), err
}

func (w *web) batchBody(ids []string, from int) string {
	var b strings.Builder
	for n, id := range ids {
		fmt.Fprintf(&b, "--batch\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"+
			"PATCH %s/api/data/v9.2/contacts(%s) HTTP/1.1\r\nContent-Type: application/json\r\nIf-Match: *\r\n\r\n{%s}\r\n",
			w.url, id, members(id, from+n))
	}
	b.WriteString("--batch--\r\n")
	return b.String()
}
