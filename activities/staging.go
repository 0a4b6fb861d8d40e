package activities

import (
	"context"
	"errors"
	"io"

	"golang.org/x/sync/errgroup"

	"audienceflow/audience"
	"audienceflow/audience/source"
	"audienceflow/mapping"
	"audienceflow/store/staging"
)

// stageSize is how many records are staged in one transaction: large enough to be fast, small
// enough that SQLite's one writer is free again within a quarter of a second.
const stageSize = 5_000

// StageAudience reads the source and stages one row per contact. It can be repeated: the source is
// pinned at the first read, and records that are staged already are passed over.
func (p *Planning) StageAudience(ctx context.Context, in StageAudienceInput) (StageAudienceResult, error) {
	return perform(ctx, p.o.open, in, p.stageAudience)
}

func (p *Planning) stageAudience(ctx context.Context, in StageAudienceInput) (StageAudienceResult, error) {
	s, err := p.runs.of(ctx, in.Run)
	if err != nil {
		return StageAudienceResult{}, err
	}
	run, err := p.o.Store.Run(ctx, in.Run)
	if err != nil {
		return StageAudienceResult{}, err
	}
	out := StageAudienceResult{}
	if !run.StagingDone {
		if s.Rows == RowsOfSource {
			err = p.stageSource(ctx, in, s, &out)
		} else {
			if err := p.o.reach(ctx); err != nil { // to clear a column is to read it first
				return StageAudienceResult{}, err
			}
			err = p.restage(asCaller(ctx, in.Run), in.Run, s)
		}
		if err != nil {
			p.o.keepSourceDetail(ctx, in.Run, err)
			return StageAudienceResult{}, err
		}
	}
	if s.Rows == RowsOfSource && s.Activation.Source.Complete {
		if out.Absent, err = p.o.Store.StageAbsent(ctx, in.Run, s.policy()); err != nil {
			return out, err
		}
	}
	if run, err = p.o.Store.Run(ctx, in.Run); err != nil {
		return out, err
	}
	out.AsOf, out.Records = run.AsOf, run.StagedPosition
	return out, nil
}

// stageSource reads on one goroutine, fits the values and stages on another, so that neither waits
// for the other. It tells what the source does not hold as the activation names it, the mapped
// paths at which no record has a value, and the columns that lost all their values; the latter two
// not where an earlier attempt has read some of the records.
func (p *Planning) stageSource(ctx context.Context, in StageAudienceInput, s settings, out *StageAudienceResult) error {
	seen := &source.Seen{}
	opening := p.o.opening(s.Activation, in.Now)
	opening.Seen = seen
	reader, err := source.Open(ctx, s.Activation, opening)
	if err != nil {
		return err
	}
	defer func() { _ = reader.Close() }() // nothing was written to it
	if !reader.Repeatable() {
		if err := p.o.Store.RestartStaging(ctx, in.Run); err != nil {
			return err
		}
	}
	if err := p.o.Store.PinSource(ctx, in.Run, reader.Identity(), reader.AsOf()); err != nil {
		return err
	}
	done, _, err := p.o.Store.StagedPosition(ctx, in.Run)
	if err != nil {
		return err
	}
	fit := mapping.NewFitter(s.fields())
	group, groupCtx := errgroup.WithContext(ctx)
	pieces := make(chan []audience.Record, 1)
	group.Go(func() error {
		defer close(pieces)
		return readPieces(groupCtx, reader, done, pieces)
	})
	group.Go(func() error {
		chunk := staging.Chunk{To: done}
		for records := range pieces {
			chunk = fit.Chunk(chunk.To, records, reader.AsOf())
			if err := p.o.Store.Stage(groupCtx, in.Run, chunk); err != nil {
				return err
			}
			advance(ctx, progress{Done: chunk.To, Of: aboutOf(chunk.To, reader.BytesRead(), reader.Size())})
		}
		return nil
	})
	if err := group.Wait(); err != nil {
		return err
	}
	if out.Seen, err = p.see(ctx, in.Run, s, reader.Name(), seen); err != nil {
		return err
	}
	if done == 0 {
		out.Unmatched, out.Lost = fit.Unmatched(seen), fit.Lost()
	}
	return p.o.Store.FinishStaging(ctx, in.Run)
}

// aboutOf is about how many records a source holds of which done are read, by its bytes; 0: not
// known.
func aboutOf(done, bytesRead, size int64) int64 {
	switch {
	case bytesRead <= 0 || size <= 0:
		return 0
	case size <= bytesRead:
		return done
	}
	return int64(float64(done) / float64(bytesRead) * float64(size))
}

// readPieces reads the source to its end and sends what comes after the record numbered done, in
// pieces of stageSize records.
func readPieces(ctx context.Context, reader *source.Reader, done int64, out chan<- []audience.Record) error {
	piece := make([]audience.Record, 0, stageSize)
	send := func() error {
		select {
		case out <- piece:
			piece = make([]audience.Record, 0, stageSize)
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for {
		record, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if record.Position <= done {
			continue
		}
		if piece = append(piece, record); len(piece) == stageSize {
			if err := send(); err != nil {
				return err
			}
		}
	}
	if len(piece) == 0 {
		return nil
	}
	return send()
}
