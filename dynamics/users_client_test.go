package dynamics_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics"
)

// markedSecret stands in what no message may hold.
const markedSecret = "Vetiver~Secret"

// several is a fake that knows the application users a, b and so on, each with a token of its own.
type several struct {
	*fake
	mu       sync.Mutex
	refusing map[string]string // client id to the code with which the sign-in refuses it
	status   map[string]int    // and with which status
	signIns  map[string]int
}

func newSeveral(t *testing.T, answer func(w http.ResponseWriter, r request, user string)) *several {
	s := &several{refusing: map[string]string{}, status: map[string]int{}, signIns: map[string]int{}}
	s.fake = newFake(t, func(w http.ResponseWriter, r request) {
		answer(w, r, strings.TrimPrefix(strings.Split(r.Header.Get("Authorization"), "~")[0], "Bearer token-"))
	})
	s.token = func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		id := r.PostForm.Get("client_id")
		s.mu.Lock()
		code, status := s.refusing[id], s.status[id]
		s.signIns[id]++
		n := s.signIns[id]
		s.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		if code != "" || r.PostForm.Get("client_secret") != markedSecret+id {
			w.WriteHeader(max(status, http.StatusBadRequest))
			fmt.Fprintf(w, `{"error":%q,"error_description":"%s: refused %s"}`, strings.ToLower(code), code, r.PostForm.Get("client_secret"))
			return
		}
		fmt.Fprintf(w, `{"token_type":"Bearer","expires_in":3599,"access_token":"token-%s~%d"}`, id, n)
	}
	return s
}

func (s *several) refuse(user, code string, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusing[user], s.status[user] = code, status
}

func (s *several) clientOf(names ...string) *dynamics.Client {
	return s.client(func(c *dynamics.Config) {
		c.ClientID, c.Secret = "", nil
		for _, name := range names {
			c.Users = append(c.Users, dynamics.User{Name: name, ClientID: name, Secret: func() (string, error) { return markedSecret + name, nil }})
		}
	})
}

// users counts the requests of each user so far.
func (s *several) users() map[string]int {
	counts := map[string]int{}
	for _, r := range s.requests() {
		counts[strings.TrimPrefix(strings.Split(r.Header.Get("Authorization"), "~")[0], "Bearer token-")]++
	}
	return counts
}

// idOf makes an id of a name.
func idOf(name string) string {
	sum := sha256.Sum256([]byte(name))
	text := hex.EncodeToString(sum[:])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:32]
}

func answersWho(w http.ResponseWriter, _ request, user string) {
	reply(w, `{"BusinessUnitId":"%s","UserId":"%s","OrganizationId":"%s"}`, contactID(1), idOf(user), contactID(3))
}

func TestARefusalOfOneUserIsTriedByAnother(t *testing.T) {
	s := newSeveral(t, func(w http.ResponseWriter, r request, user string) {
		if user == "a" {
			w.Header().Set("Retry-After", "300")
			refuse(w, http.StatusTooManyRequests, "0x80072322", "Number of requests exceeded the limit of 6000 over time window of 300 seconds.")
			return
		}
		answersWho(w, r, user)
	})
	c := s.clientOf("a", "b")
	for range 5 {
		who, err := c.WhoAmI(t.Context())
		require.NoError(t, err)
		require.Equal(t, idOf("b"), who.UserID)
	}
	require.Equal(t, map[string]int{"a": 1, "b": 5}, s.users(), "nothing was sent inside the Retry-After")
	limits := c.Limits()
	require.EqualValues(t, 6, limits.Sent)
	require.EqualValues(t, 1, limits.Refused)
	require.Zero(t, limits.Hold)
	require.Zero(t, limits.Held)
}

func TestWhereEveryUserIsRefusedTheCallerHearsOfIt(t *testing.T) {
	s := newSeveral(t, func(w http.ResponseWriter, _ request, user string) {
		w.Header().Set("Retry-After", map[string]string{"a": "300", "b": "200", "c": "250"}[user])
		refuse(w, http.StatusTooManyRequests, "0x80072322", "Number of requests exceeded the limit of 6000 over time window of 300 seconds.")
	})
	c := s.clientOf("a", "b", "c")
	_, err := c.WhoAmI(t.Context())
	e := errorOf(t, err, dynamics.Throttled, "0x80072322")
	require.InDelta(t, 200, e.RetryAfter.Seconds(), 1)
	require.Equal(t, map[string]int{"a": 1, "b": 1, "c": 1}, s.users())
}

func TestEachUserRenewsItsOwnToken(t *testing.T) {
	stale := map[string]bool{}
	var mu sync.Mutex
	s := newSeveral(t, func(w http.ResponseWriter, r request, user string) {
		mu.Lock()
		ended := stale[r.Header.Get("Authorization")]
		mu.Unlock()
		if ended {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		answersWho(w, r, user)
	})
	c := s.clientOf("a", "b")
	require.NoError(t, c.SignIn(t.Context()))
	mu.Lock()
	stale["Bearer token-a~1"], stale["Bearer token-b~1"] = true, true // both are ended, as by a revocation
	mu.Unlock()
	for range 6 {
		_, err := c.WhoAmI(t.Context())
		require.NoError(t, err)
	}
	require.Equal(t, map[string]int{"a": 2, "b": 2}, s.signIns)
}

func TestAUserThatIsRefusedForGoodIsNamed(t *testing.T) {
	s := newSeveral(t, answersWho)
	s.refuse("b", "AADSTS7000222", http.StatusUnauthorized)
	c := s.clientOf("a", "b")
	err := c.SignIn(t.Context())
	requireError(t, err, dynamics.Misconfigured, "sign in as b: ", "AADSTS7000222", "DYNAMICS_CLIENT_B_SECRET")
	require.NotContains(t, err.Error(), markedSecret)
	for range 4 { // its share of the work is not put upon the others unsaid
		if _, err = c.WhoAmI(t.Context()); err != nil {
			break
		}
	}
	requireError(t, err, dynamics.Misconfigured, "sign in as b: ", "DYNAMICS_CLIENT_B_SECRET")
	require.NotContains(t, err.Error(), markedSecret)
}

func TestAUserWhoseSecretCannotBeReadIsNamed(t *testing.T) {
	s := newSeveral(t, answersWho)
	c := s.client(func(c *dynamics.Config) {
		c.ClientID, c.Secret = "", nil
		c.Users = []dynamics.User{
			{Name: "a", ClientID: "a", Secret: func() (string, error) { return markedSecret + "a", nil }},
			{Name: "b", ClientID: "b", Variables: "DYNAMICS_EMEA_CLIENT_B_", Secret: func() (string, error) { return "", errors.New("open /run/secrets/b: no such file") }},
		}
	})
	requireError(t, c.SignIn(t.Context()), dynamics.Misconfigured, "sign in as b: ", "/run/secrets/b", "DYNAMICS_EMEA_CLIENT_B_SECRET_FILE")
}

func TestAUserThatCannotSignInForAMomentIsPassedOver(t *testing.T) {
	s := newSeveral(t, answersWho)
	c := s.clientOf("a", "b")
	s.refuse("a", "temporarily_unavailable", http.StatusServiceUnavailable)
	for range 6 {
		who, err := c.WhoAmI(t.Context())
		require.NoError(t, err)
		require.Equal(t, idOf("b"), who.UserID)
	}
	require.Equal(t, 1, s.signIns["a"], "it is left in peace for a while")
	s.refuse("b", "temporarily_unavailable", http.StatusServiceUnavailable)
	other := s.clientOf("a", "b")
	_, err := other.WhoAmI(t.Context())
	requireError(t, err, dynamics.Unavailable, "sign in as ")
}

func TestWhoeverMayNotIsNamed(t *testing.T) {
	s := newSeveral(t, func(w http.ResponseWriter, _ request, _ string) {
		refuse(w, http.StatusForbidden, "0x80040220", "Principal user is missing prvReadContact privilege")
	})
	_, err := s.clientOf("a", "b").WhoAmI(t.Context())
	requireError(t, err, dynamics.Forbidden, "as a: HTTP 403 0x80040220")
	_, err = newFake(t, func(w http.ResponseWriter, _ request) {
		refuse(w, http.StatusForbidden, "0x80040220", "Principal user is missing prvReadContact privilege")
	}).client().WhoAmI(t.Context())
	require.NotContains(t, err.Error(), " as ", "where there is one alone, it has no name")
}

func TestPreflightChecksEveryUser(t *testing.T) {
	denies := func(w http.ResponseWriter) {
		refuse(w, http.StatusForbidden, "0x80040220", "Principal user is missing prvX privilege")
	}
	for name, test := range map[string]struct {
		deny   func(w http.ResponseWriter, r request, user string) bool
		signIn string
		failed []string // steps
		says   string
		fix    string
	}{
		"all is well":    {},
		"a wrong secret": {signIn: "AADSTS7000215", failed: []string{"token as b"}, says: "sign in as b: HTTP 401 AADSTS7000215", fix: "DYNAMICS_CLIENT_B_SECRET"},
		"no reading": {
			deny: func(w http.ResponseWriter, r request, user string) bool {
				if user != "b" || r.Path != "contacts" {
					return false
				}
				denies(w)
				return true
			},
			failed: []string{"read contact as b"}, says: "as b: HTTP 403",
		},
		"no writing": {
			deny: func(w http.ResponseWriter, r request, user string) bool {
				if user != "b" || r.Method != http.MethodPatch {
					return false
				}
				denies(w)
				return true
			},
			failed: []string{"write contact as b"}, says: "as b: HTTP 403",
		},
		"no metadata": {
			deny: func(w http.ResponseWriter, r request, user string) bool {
				if user != "b" || !strings.HasPrefix(r.Path, "EntityDefinitions") {
					return false
				}
				denies(w)
				return true
			},
			failed: []string{"columns of contact as b"}, says: "as b: HTTP 403",
		},
		"another organization": {
			deny: func(w http.ResponseWriter, r request, user string) bool {
				if user != "b" || r.Path != "WhoAmI" {
					return false
				}
				reply(w, `{"BusinessUnitId":"%s","UserId":"%s","OrganizationId":"%s"}`, contactID(1), idOf(user), contactID(9))
				return true
			},
			failed: []string{"who am I as b"}, says: "b is of organization " + contactID(9) + ", and a of " + contactID(3), fix: "one environment",
		},
		"the same user": {
			deny: func(w http.ResponseWriter, r request, user string) bool {
				if user != "b" || r.Path != "WhoAmI" {
					return false
				}
				answersWho(w, r, "a")
				return true
			},
			failed: []string{"who am I as b"}, says: "a and b are the same application user", fix: "an application user for each name",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSeveral(t, nil)
			rest := environment(t, nil)
			s.answer = func(w http.ResponseWriter, r request) {
				user := strings.TrimPrefix(strings.Split(r.Header.Get("Authorization"), "~")[0], "Bearer token-")
				switch {
				case test.deny != nil && test.deny(w, r, user):
				case r.Path == "WhoAmI":
					answersWho(w, r, user)
				default:
					rest.answer(w, r)
				}
			}
			if test.signIn != "" {
				s.refuse("b", test.signIn, http.StatusUnauthorized)
			}
			r, err := s.clientOf("a", "b", "c").Preflight(t.Context(), activation)
			require.NoError(t, err)
			var failed []string
			for _, done := range r.Steps {
				require.NotContains(t, done.Detail+done.Fix, markedSecret)
				if !done.OK && !done.Skipped {
					failed = append(failed, done.Name)
				}
			}
			require.Equal(t, test.failed, failed)
			for _, user := range []string{"a", "c"} {
				for _, name := range []string{"token", "who am I", "read contact", "columns of contact", "write contact"} {
					require.True(t, step(t, r, name+" as "+user).OK, name+user)
				}
			}
			if len(failed) > 0 {
				require.Contains(t, step(t, r, failed[0]).Detail, test.says)
				require.Contains(t, step(t, r, failed[0]).Fix, test.fix)
			}
			require.True(t, step(t, r, "UpdateMultiple").OK)
			require.True(t, step(t, r, "status column").OK)
			require.Equal(t, contactID(3), r.OrganizationID)
			require.Equal(t, idOf("a"), r.UserID)
		})
	}
}
