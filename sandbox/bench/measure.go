package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
)

// measure starts everything, measures and cleans up.
func measure(ctx context.Context, o options, errOut io.Writer) (Result, error) {
	folder, err := os.MkdirTemp("", "audienceflow-bench-")
	if err != nil {
		return Result{}, err
	}
	defer os.RemoveAll(folder)
	w, err := newWorld(ctx, folder, o, errOut)
	if err != nil {
		return Result{}, err
	}
	defer w.close()
	result := Result{Contacts: o.contacts, Cores: runtime.NumCPU()}
	if err := w.unlimited(ctx, &result); err != nil {
		return result, err
	}
	if o.limitContacts > 0 {
		limit, err := w.limited(ctx, min(o.limitContacts, o.contacts))
		if err != nil {
			return result, err
		}
		result.Limit = &limit
	}
	return result, nil
}

// unlimited measures all that has no limits and no delay in it.
func (w *world) unlimited(ctx context.Context, r *Result) (err error) {
	w.say(fmt.Sprintf("loading %d contacts", r.Contacts))
	simulator, address, err := w.simulator(r.Contacts, "-limits", "off", "-parallelism", "1000")
	if err != nil {
		return err
	}
	defer func() {
		_, stopErr := simulator.stop()
		err = errors.Join(err, stopErr)
	}()
	bare, err := signIn(ctx, address, network())
	if err != nil {
		return err
	}
	ids, err := bare.contacts(ctx)
	if err != nil {
		return err
	}
	w.say("bare loop")
	before, written, err := bare.bareLoop(ctx, ids, 1)
	if err != nil {
		return err
	}
	first, second, err := w.activations(ctx, address, ids, r)
	if err != nil {
		return err
	}
	w.say("bare loop again")
	after, writtenAfter, err := bare.bareLoop(ctx, ids, 1)
	if err != nil {
		return err
	}
	r.BareLoop = rate(written+writtenAfter, before+after)
	w.say("bare loop, 8 at a time")
	took, written, err := bare.bareLoop(ctx, ids, loopParallel)
	if err != nil {
		return err
	}
	r.BareParallel = rate(written, took)
	r.fill(first, second)
	if w.noPeers {
		r.LeftOut = append(r.LeftOut, "other ways of writing: left out by -no-peers")
		return nil
	}
	return w.peers(ctx, bare, ids, r)
}

// activations runs the first activation and one of which 1 % has changed, in one worker.
func (w *world) activations(ctx context.Context, address string, ids []string, r *Result) (first, second trace, err error) {
	worker, err := w.worker(address, w.store)
	if err != nil {
		return first, second, err
	}
	used := sample(worker.command.Process.Pid)
	defer func() {
		readings := used()
		r.WorkerMicroseconds = readings.perContact(first, r.Contacts)
		r.RerunMicroseconds = readings.perContact(second, r.Contacts)
		memory, stopErr := worker.stop()
		r.WorkerMemoryBytes = memory
		err = errors.Join(err, stopErr)
	}()
	file, err := writeSource(w.folder, ids, 1)
	if err != nil {
		return first, second, err
	}
	w.say("first activation")
	if first, err = w.activate(ctx, file, w.store, r.Contacts); err != nil {
		return first, second, err
	}
	if _, err = writeSource(w.folder, ids, 2); err != nil {
		return first, second, err
	}
	w.say("second activation, 1 % changed")
	second, err = w.activate(ctx, file, w.store, r.Contacts)
	return first, second, err
}

// peers measures other ways of writing the same contacts.
func (w *world) peers(ctx context.Context, bare *web, ids []string, r *Result) error {
	for _, peer := range []struct {
		name    string
		into    **float64
		measure func() (float64, error)
	}{
		{"one PATCH after the other", &r.Peers.PatchSequential, func() (float64, error) { return bare.patches(ctx, ids, sequentialSample, 1) }},
		{"one PATCH per contact", &r.Peers.Patch, func() (float64, error) { return bare.patches(ctx, ids, patchSample, loopParallel) }},
		{"$batch of 100", &r.Peers.Batch100, func() (float64, error) { return bare.batches(ctx, ids) }},
		{"dynamics-web-api", &r.Peers.DynamicsWebAPI, func() (float64, error) { return bare.nodeClient(ctx, w.folder, ids) }},
	} {
		w.say(peer.name)
		perSecond, err := peer.measure()
		switch {
		case errors.Is(err, errLeftOut):
			r.LeftOut = append(r.LeftOut, err.Error())
		case err != nil:
			return fmt.Errorf("%s: %w", peer.name, err)
		default:
			*peer.into = &perSecond
		}
	}
	return nil
}
