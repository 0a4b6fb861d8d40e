package store_test

import (
	"fmt"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/runs"
	"audienceflow/store"
	"audienceflow/store/staging"
	"audienceflow/store/storetest"
)

const benchChunk = 10000

// BenchmarkRun runs all steps of a first run, of a second one with the same rows and of a third one
// in which 1 % have changed, with four attributes for each contact, and reports contacts per second
// for each step. Sizes: -bench 'Run/sqlite/100000'.
func BenchmarkRun(b *testing.B) {
	for _, size := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprintf("sqlite/%d", size), func(b *testing.B) {
			benchmark(b, size, func() string { return "sqlite:" + filepath.Join(b.TempDir(), "store.db") })
		})
		b.Run(fmt.Sprintf("postgres/%d", size), func(b *testing.B) {
			benchmark(b, size, func() string {
				url := storetest.Database(b)
				return url
			})
		})
	}
}

func benchmark(b *testing.B, size int, newURL func() string) {
	for b.Loop() {
		s := open(b, newURL())
		used := cpu()
		report := func(name string, started time.Time) {
			b.ReportMetric(float64(size)/time.Since(started).Seconds(), name+"/s")
			b.ReportMetric(float64(cpu()-used)/float64(time.Microsecond)/float64(size), name+"-cpu-us")
			used = cpu()
		}
		benchRun(b, s, "run1", size, day(9), report)
		benchRun(b, s, "run2", size, day(10), func(name string, started time.Time) { report("again-"+name, started) })
		benchRun(b, s, "run3", size, day(11), func(name string, started time.Time) { report("changed-"+name, started) })
		started := time.Now()
		after := ""
		for {
			page, err := s.Exported(b.Context(), "dynamics", "acme_vip", after, 5000)
			require.NoError(b, err)
			if len(page) == 0 {
				break
			}
			after = page[len(page)-1].Contact
		}
		report("exported", started)
		started = time.Now()
		_, err := s.CountExported(b.Context(), "dynamics", "acme_vip")
		require.NoError(b, err)
		report("countexported", started)
		require.NoError(b, s.EndRun(b.Context(), "run1", runs.StatusCompleted, "", "", nil))
		started = time.Now()
		require.NoError(b, s.Purge(b.Context(), "run1"))
		report("purge", started)
		b.ReportMetric(peakMiB(), "peak-MiB")
	}
}

// cpu is the processor time that this process has used: on a shared machine it tells more than the
// clock.
func cpu() time.Duration {
	usage := used()
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// peakMiB is the most memory that this process has had, the benchmark's own rows included.
func peakMiB() float64 {
	return float64(used().Maxrss) / 1024
}

func used() (usage syscall.Rusage) {
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return usage
}

func benchRun(b *testing.B, s *store.Store, run string, size int, asOf time.Time, report func(string, time.Time)) {
	begin(b, s, run, runs.KindActivate, asOf)
	started := time.Now()
	for from := 0; from < size; from += benchChunk {
		require.NoError(b, s.Stage(b.Context(), run, benchChunkOf(from, min(from+benchChunk, size), asOf)))
	}
	report("chunks", started)
	require.NoError(b, s.FinishStaging(b.Context(), run))
	report("stage", started)

	started = time.Now()
	after, done := 0, false
	for !done {
		var err error
		after, done, err = s.Plan(b.Context(), run, vip, after)
		require.NoError(b, err)
	}
	report("plan", started)

	started = time.Now()
	for after = 0; ; {
		asked, err := s.ToRead(b.Context(), run, after, allPages, 2000)
		require.NoError(b, err)
		if len(asked.Contacts) == 0 {
			break
		}
		after = asked.Last
		dynamics := store.Found{Columns: []string{"acme_vip", "firstname", "lastname", "emailaddress1", "birthdate"}, Contacts: map[string][]*string{}}
		for _, c := range asked.Contacts {
			dynamics.Contacts[c] = make([]*string, len(dynamics.Columns))
		}
		require.NoError(b, s.PlanRead(b.Context(), run, vip, asked, dynamics))
	}
	report("planread", started)

	started = time.Now()
	batches, rows, err := s.MakeBatches(b.Context(), run, 1000)
	require.NoError(b, err)
	report("cut", started)

	started = time.Now()
	for n := 1; n <= batches; n++ {
		ref := store.BatchRef{Run: run, Batch: n}
		taken, err := s.TakeBatch(b.Context(), ref, vip, time.Minute)
		require.NoError(b, err)
		_, err = s.FinishBatch(b.Context(), ref, taken.Attempt, store.Booking{Written: taken.Rows})
		require.NoError(b, err)
	}
	if rows > 0 {
		report("send", started)
	}
	started = time.Now()
	_, err = s.Counts(b.Context(), run)
	require.NoError(b, err)
	report("counts", started)
}

func benchChunkOf(from, to int, asOf time.Time) staging.Chunk {
	c := staging.Chunk{From: int64(from), To: int64(to), Rows: make([]staging.Row, 0, to-from)}
	for i := from; i < to; i++ {
		name := i
		if asOf.Equal(day(11)) && i%100 == 0 {
			name++
		}
		c.Rows = append(c.Rows, staging.Row{Position: int64(i + 1), Line: int64(i + 2), Contact: contact(i), QualifiedAt: day(1), AsOf: asOf,
			Attributes: fmt.Appendf(nil, `{"firstname":"First%d","lastname":"Last%d","emailaddress1":"someone%d@example.com","birthdate":"1980-01-02"}`, name, i, i)})
	}
	return c
}
