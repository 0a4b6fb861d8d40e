package sqldb

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestALongWaitIsToldSeldomerTheLongerItLasts(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(before)
	synctest.Test(t, func(*testing.T) {
		var w lockWait
		wait := func(length time.Duration) {
			for end := time.Now().Add(length); time.Now().Before(end); time.Sleep(time.Second / 2) {
				w.look(func() string { return "worker, process 7 on here" })
			}
			w.over()
		}
		wait(firstLogged - time.Second)
		require.Empty(t, log.String(), "a queue is nothing to tell of")
		wait(10 * time.Minute)
		require.Equal(t, 7, strings.Count(log.String(), "level=WARN"), log.String())
		require.Contains(t, log.String(), `heldBy="worker, process 7 on here" waitingFor=5s`)
		require.Equal(t, 1, strings.Count(log.String(), "is free again"))
	})
}
