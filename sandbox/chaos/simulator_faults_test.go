package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"

	"audienceflow/dynamics/simulator"
)

// drawSimulatorFault spoils requests in the simulated environment itself.
func drawSimulatorFault(w *world, r *rand.Rand) (string, func(context.Context)) {
	p := w.somewhere(r)
	f := simulatorFaults[r.IntN(len(simulatorFaults))](p, r)
	return fmt.Sprintf("simulator %s: %s", p.name, shown(f)), func(context.Context) {
		for try := 0; ; try++ {
			_, err := p.control(http.MethodPost, "faults", f)
			if err == nil {
				return
			}
			if try == 3 {
				w.timeline.fault("the simulator takes no fault: %v", err)
				return
			}
		}
	}
}

// matches are what the simulator knows the classes of requests by.
var matches = map[string]string{
	"": "/api/data/", classToken: "oauth2", classWhoAmI: "WhoAmI", classMetadata: "EntityDefinitions", classRights: "Retrieve",
	classCount: "apply", classRead: "GET .*/contacts", classUpdate: "UpdateMultiple", classBatch: "batch", classPatch: "PATCH",
}

// simulatorFaults are all kinds of faults that the simulator knows and that pass; the others are
// among the troubles.
var simulatorFaults = []func(p *place, r *rand.Rand) simulator.Fault{
	func(_ *place, r *rand.Rand) simulator.Fault {
		status := []int{500, 502, 503, 504, 429}[r.IntN(5)]
		f := simulator.Fault{Kind: "status", Match: matches[drawClass(r)], Status: status, Count: 1 + r.IntN(2)}
		if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
			f.Seconds = float64(r.IntN(3)) // 0: without Retry-After
		}
		return f
	},
	func(_ *place, r *rand.Rand) simulator.Fault {
		return simulator.Fault{Kind: "code", Match: matches[drawClass(r)], Status: 500, Code: "0x80040216", Count: 1}
	},
	func(_ *place, r *rand.Rand) simulator.Fault {
		status := []int{0, http.StatusForbidden, http.StatusNotFound, http.StatusInternalServerError}[r.IntN(4)] // 0: 200
		return simulator.Fault{Kind: "html", Match: matches[drawClass(r)], Status: status, Count: 1 + r.IntN(2)}
	},
	passes("foreign"), passes("empty"), passes("truncated"), passes("broken-gzip"),
	func(_ *place, r *rand.Rand) simulator.Fault {
		return simulator.Fault{Kind: "hang", Match: matches[drawClass(r)], Seconds: 1 + 2*r.Float64(), Count: 1}
	},
	func(_ *place, r *rand.Rand) simulator.Fault {
		return simulator.Fault{Kind: "hang-after", Match: matches[drawClass(r)], Seconds: 1 + 2*r.Float64(), Count: 1}
	},
	func(_ *place, r *rand.Rand) simulator.Fault {
		return simulator.Fault{Kind: "cut-before", Match: matches[drawClass(r)], Count: 1 + r.IntN(2)}
	},
	func(_ *place, r *rand.Rand) simulator.Fault {
		return simulator.Fault{Kind: "cut-after", Match: matches[drawClass(r)], Count: 1 + r.IntN(2)}
	},
	func(_ *place, r *rand.Rand) simulator.Fault {
		return simulator.Fault{Kind: "slow-body", Match: matches[drawClass(r)], Seconds: 2 * r.Float64(), Count: 1 + r.IntN(3)}
	},
	func(p *place, r *rand.Rand) simulator.Fault {
		return simulator.Fault{Kind: "plugin", IDs: p.draw(r, 30), Count: 2 + r.IntN(20)}
	},
	func(p *place, r *rand.Rand) simulator.Fault {
		return simulator.Fault{Kind: "deadlock", IDs: p.draw(r, 30), Count: 1 + r.IntN(3)}
	},
	func(_ *place, r *rand.Rand) simulator.Fault {
		return simulator.Fault{Kind: "sql-timeout", Rows: 10 + r.IntN(20), Count: 1 + r.IntN(4)}
	},
	func(*place, *rand.Rand) simulator.Fault { return simulator.Fault{Kind: "expired-tokens"} },
	func(_ *place, r *rand.Rand) simulator.Fault {
		return simulator.Fault{Kind: "token-lifetime", Seconds: float64(r.IntN(5)), Count: 1 + r.IntN(2)}
	},
	func(_ *place, r *rand.Rand) simulator.Fault {
		return simulator.Fault{Kind: "outage", Seconds: 1 + 4*r.Float64()}
	},
}

// passes is a kind of fault that hits a request or two of a class.
func passes(kind string) func(*place, *rand.Rand) simulator.Fault {
	return func(_ *place, r *rand.Rand) simulator.Fault {
		return simulator.Fault{Kind: kind, Match: matches[drawClass(r)], Count: 1 + r.IntN(2)}
	}
}

// draw gives some of a destination's contacts.
func (p *place) draw(r *rand.Rand, n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = p.contacts[r.IntN(len(p.contacts))]
	}
	return ids
}
