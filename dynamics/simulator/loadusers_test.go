package simulator

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// onceAs sends one request of a user that writes rows.
func (l *load) onceAs(user uint8, session string, rows int) *apiError {
	v, refusal := l.admitUser(user, session, "")
	defer v.leave()
	if refusal == nil {
		v.work(rows)
	}
	return refusal
}

func TestLimitsAreEachUsersOwn(t *testing.T) {
	l, clock := fakeLoad(Options{Clients: []string{"second:s"}})
	for range 6000 {
		require.Nil(t, l.onceAs(userApplication, "a", 1))
	}
	refusal := l.onceAs(userApplication, "a", 1)
	require.NotNil(t, refusal)
	clock.sleep(time.Second)
	require.Nil(t, l.onceAs(userSecond, "a", 1), "the same process as another user")
	require.Zero(t, l.stats.earlyCount)
	require.NotNil(t, l.onceAs(userApplication, "a", 1))
	require.Equal(t, 1, l.stats.earlyCount)
	for range 5999 {
		require.Nil(t, l.onceAs(userSecond, "a", 1))
	}
	require.Equal(t, "0x80072322", l.onceAs(userSecond, "a", 1).code)
	l.forget()
	require.Nil(t, l.onceAs(userSecond, "a", 1))
}

func TestOnlyAUsersOwnRequestsAreAtATime(t *testing.T) {
	l, _ := fakeLoad(Options{Clients: []string{"second:s"}})
	for range 52 {
		_, refusal := l.admitUser(userApplication, "a", "")
		require.Nil(t, refusal)
	}
	_, refusal := l.admitUser(userApplication, "a", "")
	require.Equal(t, codeConcurrencyLimit, refusal.code)
	v, refusal := l.admitUser(userSecond, "a", "")
	require.Nil(t, refusal)
	l.limits.LatencyMilliseconds = 100
	require.Greater(t, v.charge(0), 600*time.Millisecond, "the server's time is everybody's")
}

func TestWhatIsAllowedIsForAllUsers(t *testing.T) {
	one, _ := fakeLoad(Options{Latency: time.Second / 20})
	two, _ := fakeLoad(Options{Latency: time.Second / 20, Clients: []string{"second:s"}})
	require.InDelta(t, 20, *one.allowed(1).RequestsPerSecond, 1e-9)
	require.InDelta(t, 40, *two.allowed(1).RequestsPerSecond, 1e-9)
}
