package host

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics"
	"audienceflow/monitoring"
	"audienceflow/store/destinations"
)

const (
	first  = "11111111-0000-4000-8000-000000000001"
	second = "22222222-0000-4000-8000-000000000002"
)

// boundToFirst is a store whose ledgers are about the first organization.
type boundToFirst struct{}

func (boundToFirst) CheckEnvironment(_ context.Context, name string, now destinations.Environment) (destinations.Environment, error) {
	bound := destinations.Environment{Organization: first, Address: "contoso.crm4.dynamics.com"}
	if now.Organization != first {
		return bound, &destinations.OtherOrganization{Destination: name, Bound: bound, Now: now}
	}
	return bound, nil
}

// TestReadyzSaysThatAnotherOrganizationAnswers: an environment is exchanged behind its address, is
// silent for a while, and comes back.
func TestReadyzSaysThatAnotherOrganizationAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answers, asked := first, 0
		client, err := dynamics.New(dynamics.Config{
			Environment: "http://127.0.0.1:1", TenantID: "11111111-1111-1111-1111-111111111111", ClientID: "client",
			Secret: func() (string, error) { return "secret", nil },
			Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				answer := httptest.NewRecorder()
				answer.Header().Set("Content-Type", "application/json; odata.metadata=minimal")
				answer.Header().Set("OData-Version", "4.0")
				body := map[string]any{"access_token": "token", "expires_in": 3600, "token_type": "Bearer"}
				if strings.HasSuffix(r.URL.Path, "/WhoAmI") {
					asked++
					body = map[string]any{"UserId": first, "BusinessUnitId": first, "OrganizationId": answers,
						"@odata.context": "http://127.0.0.1:1/api/data/v9.2/$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse"}
					if answers == "" {
						answer.WriteHeader(http.StatusServiceUnavailable)
					}
				}
				err := json.NewEncoder(answer).Encode(body)
				return answer.Result(), err
			}),
		})
		require.NoError(t, err)
		m := &Monitor{health: monitoring.Health{Age: readyAge}}
		m.serves(DestinationConfig{Key: "dynamics", Enabled: true}, client, boundToFirst{})
		ready := func() *httptest.ResponseRecorder {
			mux, answer := http.NewServeMux(), httptest.NewRecorder()
			m.health.Register(mux)
			mux.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/readyz", nil))
			return answer
		}
		require.Equal(t, http.StatusOK, ready().Code)
		require.Equal(t, 1, asked)

		for _, now := range []string{second, "", ""} {
			answers = now
			time.Sleep(askRest)
			answer := ready()
			require.Equal(t, http.StatusServiceUnavailable, answer.Code)
			require.Contains(t, answer.Body.String(), second, "silence takes nothing back")
			require.Contains(t, answer.Body.String(), "rebind dynamics")
		}
		answers = first
		time.Sleep(time.Hour / 2) // whatever the client waits after an outage
		require.Equal(t, http.StatusOK, ready().Code)
		answers = ""
		time.Sleep(askRest)
		require.Equal(t, http.StatusOK, ready().Code, "an outage passes by itself")

		answers, asked = first, 0
		for range 60 {
			time.Sleep(time.Second)
			ready()
		}
		require.LessOrEqual(t, asked, 6)
	})
}
