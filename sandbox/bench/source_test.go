package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/audience/activation"
	"audienceflow/audience/source"
)

func contactIDs(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("00000000-0000-4000-8000-%012d", i)
	}
	return ids
}

// readSource reads a version of the source as the product does.
func readSource(t *testing.T, ids []string, version int) []audience.Record {
	path, err := writeSource(t.TempDir(), ids, version)
	require.NoError(t, err)
	list, err := activation.Load(path)
	require.NoError(t, err)
	reader, err := source.Open(t.Context(), list[0], source.Options{Now: time.Now()})
	require.NoError(t, err)
	defer reader.Close()
	var records []audience.Record
	for {
		record, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return records
		}
		require.NoError(t, err)
		records = append(records, record)
	}
}

func TestSecondVersionChangesOnePercent(t *testing.T) {
	ids := contactIDs(1_000)
	first, second := readSource(t, ids, 1), readSource(t, ids, 2)
	require.Len(t, first, len(ids))
	require.Len(t, second, len(ids))
	changed := 0
	for i := range first {
		require.Equal(t, audience.RecordRow, first[i].Kind)
		require.Equal(t, ids[i], first[i].Contact)
		require.False(t, second[i].Time.Before(first[i].Time))
		if first[i].Values[2] != second[i].Values[2] {
			changed++
		}
	}
	require.Equal(t, len(ids)/changeEach, changed)
}

func TestTargetsIsAnUpdateMultiple(t *testing.T) {
	var body struct{ Targets []map[string]string }
	require.NoError(t, json.Unmarshal([]byte(targets(contactIDs(3), 7)), &body))
	require.Len(t, body.Targets, 3)
	require.Equal(t, "00000000-0000-4000-8000-000000000002", body.Targets[2]["contactid"])
	require.Equal(t, "OtherFirst9", body.Targets[2]["firstname"])
	require.NotContains(t, body.Targets[0], statusColumn, "an activation must find its own column empty")
}

func TestEachDoesAllOnce(t *testing.T) {
	var done [100]atomic.Int32
	require.NoError(t, each(len(done), 7, func(i int) error { done[i].Add(1); return nil }))
	for i := range done {
		require.EqualValues(t, 1, done[i].Load())
	}
	failure := errors.New("refused")
	require.ErrorIs(t, each(10, 3, func(int) error { return failure }), failure)
}
