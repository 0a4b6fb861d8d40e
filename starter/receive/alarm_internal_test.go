package receive

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/store/inbox"
)

// moody wakes streams with the errors that it is given.
type moody struct{ err error }

func (m *moody) Wake(context.Context, inbox.StreamKey) error { return m.err }

func (m *moody) Awake(context.Context, inbox.StreamKey) (bool, error) { return false, nil }

func TestWhyStreamsCannotBeWokenIsLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(before)
	waker := &moody{}
	a := newAlarm(nil, waker)
	for _, err := range []error{nil, errors.New("refused"), errors.New("refused"), errors.New("expects TLS"), nil, nil, errors.New("refused")} {
		waker.err = err
		require.Equal(t, err == nil, a.wake(t.Context(), inbox.StreamKey{Destination: "d", Audience: "a"}))
	}
	var told []string
	for line := range strings.Lines(log.String()) {
		for _, word := range []string{"refused", "expects TLS", "woken again"} {
			if strings.Contains(line, word) {
				told = append(told, word)
			}
		}
	}
	require.Equal(t, []string{"refused", "expects TLS", "woken again", "refused"}, told)
}
