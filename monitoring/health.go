package monitoring

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"
)

// checkTime bounds one look at all that a program needs: whoever probes waits a few seconds at
// most.
const checkTime = 2 * time.Second

// Check is one thing that a program needs to do its work.
type Check struct {
	Name string
	// Ready returns nil, or an error that says what is missing, in words that everybody may read.
	Ready func(context.Context) error
}

// Health answers /healthz, which says that the program runs, and /readyz, which says whether it can
// do its work.
type Health struct {
	// Time bounds the checks of one probe; zero: two seconds.
	Time time.Duration
	// Age is how long an answer is good for: what is checked is not asked by each of many probes.
	Age time.Duration

	mu     sync.Mutex
	checks []Check
	looked time.Time
	last   readiness
}

// readiness is the answer of /readyz.
type readiness struct {
	Status string `json:"status"`
	// Error says in one line what is not ready; Checks says it of each, "ok" where nothing is
	// missing.
	Error  string            `json:"error,omitempty"`
	Checks map[string]string `json:"checks,omitempty"`
}

// Add adds checks, also while probes are answered.
func (h *Health) Add(checks ...Check) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.checks = append(h.checks, checks...)
	h.looked = time.Time{}
}

// Replace puts a check in the place of that with the same name.
func (h *Health) Replace(check Check) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range h.checks {
		if h.checks[i].Name == check.Name {
			h.checks[i] = check
		}
	}
	h.looked = time.Time{}
}

// Register adds the two addresses to a mux.
func (h *Health) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		Answer(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		found := h.look(r.Context())
		code := http.StatusOK
		if found.Error != "" {
			code = http.StatusServiceUnavailable
		}
		Answer(w, code, found)
	})
}

// look makes all checks at once. Probes that come meanwhile wait for the same answer.
func (h *Health) look(ctx context.Context) readiness {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.looked.IsZero() && time.Since(h.looked) < h.Age {
		return h.last
	}
	limit := h.Time
	if limit == 0 {
		limit = checkTime
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	problems := make([]error, len(h.checks))
	var all sync.WaitGroup
	for i, check := range h.checks {
		all.Go(func() { problems[i] = check.Ready(ctx) })
	}
	all.Wait()
	found := readiness{Status: "ready", Checks: map[string]string{}}
	var missing []string
	for i, check := range h.checks {
		found.Checks[check.Name] = "ok"
		if problems[i] != nil {
			found.Checks[check.Name] = problems[i].Error()
			missing = append(missing, check.Name+": "+problems[i].Error())
		}
	}
	if len(missing) > 0 {
		found.Status, found.Error = "not ready", strings.Join(missing, "; ")
	}
	h.looked, h.last = time.Now(), found
	return found
}

// Answer sends a body as JSON.
func Answer(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		slog.Debug("an answer could not be sent", "error", err)
	}
}
