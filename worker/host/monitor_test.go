package host

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics"
)

func TestWorkersOfOneHostDoNotKeepEachOtherFromWorking(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(before)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, taken.Close()) }()
	second := NewMonitor()
	require.NoError(t, second.Listen(taken.Addr().String()))
	require.NoError(t, second.Close())
	require.Contains(t, log.String(), "level=WARN")
	require.Contains(t, log.String(), taken.Addr().String())
	require.Contains(t, log.String(), "WORKER_LISTEN")

	require.NoError(t, NewMonitor().Listen(""), "an empty address: nothing")
	require.ErrorContains(t, NewMonitor().Listen("192.0.2.1:0"), "WORKER_LISTEN", "an address that is not this host's is a mistake")
}

func TestWhatIsNoAddressIsSaidAtTheStart(t *testing.T) {
	for _, address := range []string{"8091", "127.0.0.1", "127.0.0.1:many", "http://127.0.0.1:8091"} {
		require.ErrorContains(t, checkListen(address), "WORKER_LISTEN", address)
	}
	for _, address := range []string{"", ":8091", "127.0.0.1:8091", "[::1]:8091", "localhost:8091"} {
		require.NoError(t, checkListen(address), address)
	}
}

func TestAWorkerThatWaitsIsAliveAndNotReady(t *testing.T) {
	m := NewMonitor()
	require.NoError(t, m.Listen("127.0.0.1:0"))
	defer func() { require.NoError(t, m.Close()) }()
	m.await("Temporal at 127.0.0.1:7233 refuses the connection")
	answer := httptest.NewRecorder()
	m.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	require.Equal(t, http.StatusServiceUnavailable, answer.Code)
	require.Contains(t, answer.Body.String(), "temporal: Temporal at 127.0.0.1:7233 refuses the connection; store: not open yet")

	none := (*Monitor)(nil) // as in the sandbox
	none.await("x")
	none.opened(nil)
	none.connected(nil)
	require.Nil(t, none.destination("dynamics"))
	require.Nil(t, none.temporalMetrics())
}

func TestHealthcheckAsksTheWorkerBesideIt(t *testing.T) {
	m := NewMonitor()
	server := httptest.NewServer(m.Handler())
	defer server.Close()
	t.Setenv("WORKER_LISTEN", server.Listener.Addr().String())
	require.NoError(t, Healthcheck(t.Context(), "healthz"))
	require.ErrorContains(t, Healthcheck(t.Context(), "readyz"), "store: not open yet")
	server.Close()
	require.ErrorContains(t, Healthcheck(t.Context(), "healthz"), "no worker answers")
	t.Setenv("WORKER_LISTEN", "")
	require.ErrorContains(t, Healthcheck(t.Context(), "healthz"), "listens nowhere")

	for listened, reached := range map[string]string{":8091": "127.0.0.1:8091", "0.0.0.0:1": "127.0.0.1:1", "[::]:1": "[::1]:1", "localhost:2": "localhost:2"} {
		require.Equal(t, reached, near(listened))
	}
}

// refusing is a sign-in as Entra refuses it, or as it is not reached.
func refusing(t *testing.T, status int, body string) (*dynamics.Client, *int) {
	asked := new(int)
	client, err := dynamics.New(dynamics.Config{
		Environment: "http://127.0.0.1:1", TenantID: "11111111-1111-1111-1111-111111111111", ClientID: "client",
		Secret: func() (string, error) { return "old", nil },
		Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			*asked++
			if status == 0 {
				return nil, errors.New("connection refused")
			}
			answer := httptest.NewRecorder()
			answer.Header().Set("Content-Type", "application/json")
			answer.WriteHeader(status)
			_, err := answer.WriteString(body)
			require.NoError(t, err)
			return answer.Result(), nil
		}),
	})
	require.NoError(t, err)
	return client, asked
}

type roundTrip func(*http.Request) (*http.Response, error)

func (r roundTrip) RoundTrip(request *http.Request) (*http.Response, error) { return r(request) }

// TestProbesDoNotSignInAgainAndAgain: Entra locks out who fails too often.
func TestProbesDoNotSignInAgainAndAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, asked := refusing(t, http.StatusUnauthorized, `{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided."}`)
		check := rested(client.SignIn, signInRest)
		for range 30 {
			require.ErrorContains(t, check(context.Background()), "secret")
			time.Sleep(readyAge)
		}
		require.Equal(t, 3, *asked, "in two and a half minutes")

		client, asked = refusing(t, 0, "")
		check = rested(client.SignIn, signInRest)
		for range 3 {
			require.Error(t, check(context.Background()))
		}
		require.Equal(t, 3, *asked, "what passes by itself is looked at each time")
	})
}
