package activities

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"go.temporal.io/sdk/activity"

	"audienceflow/audience"
	"audienceflow/audience/source"
	"audienceflow/dynamics"
	"audienceflow/mapping"
	"audienceflow/runs"
)

// Names of a check's steps that look at the source: it is opened, and its first records are
// compared with the activation.
const (
	StepSource  = "source"
	StepRecords = "records"
)

const (
	// sourceTime bounds a look at the source: a query that takes longer to give its first row is
	// judged by the run.
	sourceTime = time.Minute
	// sampleSize is how many records of a query, or of each file of a source, a check reads.
	sampleSize = 1_000
)

// source are the steps that look at the source: whether it is there, may be read, has the columns
// that the activation names, and what its first records hold of it. found is what the columns
// resolved to.
func (c *Connection) source(ctx context.Context, a Activation, found dynamics.PreflightResult) []CheckStep {
	step := CheckStep{Name: StepSource}
	if a.Source.Stream {
		step.OK, step.Detail = true, "profiles are received by \"starter serve\""
		return []CheckStep{step}
	}
	ctx, cancel := context.WithTimeout(ctx, sourceTime)
	defer cancel()
	opening := c.o.opening(a, time.Now())
	opening.Seen, opening.Sample = &source.Seen{}, sampleSize
	reader, err := source.Open(ctx, a, opening)
	if err != nil {
		step.Detail = c.o.sourceText(ctx, err)
		return []CheckStep{step}
	}
	defer func() { _ = reader.Close() }() // nothing was written to it
	s := sample{activation: a, seen: opening.Seen}
	if s.err = s.read(reader, found.Columns); s.err != nil {
		step.Detail = c.o.sourceText(ctx, s.err)
		return []CheckStep{step}
	}
	step.OK, step.Detail = true, fmt.Sprintf("readable, of %s", reader.AsOf().UTC().Format("2006-01-02 15:04:05 MST"))
	if s.records == 0 && opening.Seen.EmptyRows == 0 {
		step.Detail = "readable; it holds no records"
		return []CheckStep{step}
	}
	return append([]CheckStep{step}, c.recordSteps(ctx, reader.Name(), s, found.StatusColumn)...)
}

// sample is what a check reads of a source.
type sample struct {
	activation        Activation
	seen              *source.Seen
	records, excluded int64
	exclusions        []exclusion
	part              bool // there are more records
	lost              []string
	err               error
}

// read reads the sample. Where the time for it is over, what was read so far is the sample.
func (s *sample) read(reader *source.Reader, mapped []dynamics.Column) error {
	var fit *mapping.Fitter
	if len(mapped) == len(s.activation.Mapping) {
		fit = mapping.NewFitter(settings{Activation: s.activation, Mapped: mapped}.fields())
	}
	for {
		record, err := reader.Next()
		switch {
		case errors.Is(err, io.EOF):
			s.part = reader.Sampled()
		case errors.Is(err, context.DeadlineExceeded) && s.records > 0:
			s.part = true
		case err != nil:
			return err
		default:
			s.take(record, reader.Part(), fit)
			continue
		}
		if fit != nil {
			s.lost = fit.Lost()
		}
		s.records -= s.seen.EmptyRows
		return nil
	}
}

func (s *sample) take(r audience.Record, part string, fit *mapping.Fitter) {
	s.records++
	switch {
	case r.Kind == audience.RecordExcluded:
		s.exclude(r, part)
	case r.Kind == audience.RecordRow && fit != nil:
		fit.Row(r, time.Time{})
	}
}

// recordSteps compare the records that were read with the activation. What a run would refuse is a
// step that failed only where all records were read: there may be others behind the first ones.
func (c *Connection) recordSteps(ctx context.Context, name string, s sample, status *dynamics.Column) []CheckStep {
	read := fmt.Sprint(s.records)
	if s.part {
		read = "the first " + read
	}
	found := findingsOf(s.activation, s.seen, read)
	ok := true
	if !s.part && status != nil {
		var empty *audience.SourceError
		ok = !errors.As(c.o.emptiness(ctx, s.activation, status.LogicalName, name, s.seen, found), &empty)
	}
	steps := append([]CheckStep{{Name: StepRecords, OK: true, Detail: s.counts()}}, s.exclusionSteps()...)
	for _, what := range s.lost {
		steps = append(steps, CheckStep{Name: StepRecords, OK: true, Warning: true, Detail: what})
	}
	for _, f := range found {
		steps = append(steps, CheckStep{Name: StepRecords, OK: ok || !f.empty, Warning: ok || !f.empty, Detail: f.says})
	}
	c.o.keepDetail(ctx, activity.GetInfo(ctx).WorkflowExecution.RunID, shows(found))
	return steps
}

// counts says what was read.
func (s *sample) counts() string {
	what := runs.Sprintf("records read: %s", s.records)
	if s.part {
		what += ", the first ones"
	}
	parts := []string{what, runs.Sprintf("of the audience: %s", s.seen.Members)}
	if s.excluded > 0 {
		parts = append(parts, runs.Sprintf("excluded: %s", s.excluded))
	}
	return strings.Join(parts, ", ")
}
