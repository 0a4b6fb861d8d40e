package e2e

import (
	"context"
	"flag"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"audienceflow/dynamics/simulator"
	"audienceflow/sandbox/browser"
)

// picturesInto keeps what TestTheUIAndTheTerminalTellEachState sees: docs/screens.md and its
// pictures.
var picturesInto = flag.String("screens", "", "`folder` (docs) for pictures of all states, in the UI and on terminals")

// columns are those of the UI's list of workflows that say most here. Everybody chooses them there
// once; the browser remembers.
const columns = `{"default":[{"label":"Status"},{"label":"ActivationStatus"},{"label":"Workflow ID"},{"label":"Start"},{"label":"End"}]}`

// TestTheUIAndTheTerminalTellEachState brings real runs into every state in which somebody may
// find them, and looks at them in Temporal's UI and with the starter. It runs beside no other test,
// so that its runs are the latest in the UI's list.
func TestTheUIAndTheTerminalTellEachState(t *testing.T) {
	worlds := newWorlds(t)
	t.Run("arrange", func(t *testing.T) {
		for _, s := range states {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				w := *worlds[s.name]
				w.t = t
				s.arrange(&w)
			})
		}
	})
	b := startBrowser(t)
	var shots []shot
	for _, s := range states {
		t.Run(s.name, func(t *testing.T) {
			w := *worlds[s.name]
			w.t = t
			shots = append(shots, lookAtState(b, &w, s))
		})
	}
	list := shot{name: "list", title: "The list", command: "list"}
	lookAtScreens(worlds["running"], &list, []string{"retrying", "starter approve activate/dach/vip", "starter resume --destination iberia"}, "")
	lookAtUI(t, b, list.name, shared.temporal.UIURL()+"/namespaces/default/workflows", []string{"ActivationStatus", "activate/dach/vip", "waiting", "mismatch"}, "")
	if *picturesInto != "" {
		writePage(t, append([]shot{list}, shots...))
	}
}

func lookAtState(b *browser.Browser, w *world, s state) shot {
	w.t.Helper()
	id := w.workflowID()
	if s.page != nil {
		id = s.page(w)
	}
	taken := shot{name: s.name, title: s.title, command: "status " + id}
	lookAtScreens(w, &taken, s.shows, s.never)
	lookAtUI(w.t, b, s.name, w.metadataPage(id), append([]string{id}, s.shows...), s.never)
	return taken
}

// metadataPage is what the UI tells of a run, under User Metadata.
func (w *world) metadataPage(id string) string {
	w.t.Helper()
	described, err := w.temporal.DescribeWorkflowExecution(w.t.Context(), id, "")
	require.NoError(w.t, err)
	return workflowPage(id) + "/" + described.GetWorkflowExecutionInfo().GetExecution().GetRunId() + "/user-metadata"
}

// lookAtScreens looks at what a command prints on a narrow terminal and on a wide one.
func lookAtScreens(w *world, taken *shot, shows []string, never string) {
	w.t.Helper()
	args := strings.Fields(taken.command)
	taken.narrow, taken.wide = w.screen(80, args...), w.screen(120, args...)
	for _, screen := range []string{taken.narrow, taken.wide} {
		for _, text := range shows {
			assert.Contains(w.t, flat(screen), text, "%s", screen)
		}
		if never != "" {
			assert.NotContains(w.t, flat(screen), never, "%s", screen)
		}
	}
}

// lookAtUI looks at a page of Temporal's UI.
func lookAtUI(t *testing.T, b *browser.Browser, name, address string, shows []string, never string) {
	t.Helper()
	if b == nil {
		return
	}
	view := browser.View{Width: 1280, Height: 1240, Storage: map[string]string{"namespace-workflow-table-columns": columns}}
	look(t, b, address, view, shows, func(ctx context.Context, page *browser.Page, text string) {
		if never != "" {
			assert.NotContains(t, flat(text), never, "%s: %s", name, text)
		}
		if *picturesInto != "" {
			picture(ctx, t, page, inPictures("screens", name+".png"))
		}
	})
}

// newWorlds starts a destination for each state, and one worker that serves them all.
func newWorlds(t *testing.T) map[string]*world {
	t.Helper()
	worlds, together := map[string]*world{}, map[string]string{}
	temporal, err := shared.temporal.Dial(t.Context(), client.Options{Logger: silent()})
	require.NoError(t, err)
	t.Cleanup(temporal.Close)
	var names []string
	for _, s := range states {
		w := newWorldNamed(t, s.destination, simulator.Options{Contacts: s.contacts, Seed: 17, NoLimits: true})
		for name, value := range s.settings {
			w.set(name, value)
		}
		if len(names) > 0 {
			delete(w.environment, "STORE_URL") // that of the first
		}
		for name, value := range w.environment {
			together[name] = value
		}
		names = append(names, s.destination)
		w.temporal = temporal
		worlds[s.name] = w
	}
	together["DYNAMICS_DESTINATIONS"], together["TZ"] = strings.Join(names, ","), "UTC"
	together["TERM"], together["LOG_LEVEL"] = "xterm", "error+4"
	for _, w := range worlds {
		w.environment = together
	}
	worlds[states[0].name].startWorker()
	return worlds
}

func flat(text string) string { return strings.Join(strings.Fields(text), " ") }
