package chaos

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"
)

// place is one destination.
type place struct {
	name      string
	url       string // the simulator's own
	settings  map[string]string
	simulator *process
	proxy     *proxy
	contacts  []string
	model     *model
	changes   changes
	bouts     bouts
}

// placeOf is the destination of a workflow id.
func (w *world) placeOf(id string) *place {
	for _, p := range w.places {
		if strings.Split(id, "/")[1] == p.name {
			return p
		}
	}
	panic("no destination of " + id)
}

// addPlace starts a simulated environment and the proxy before it. The settings are names and
// values of the destination's environment.
func (w *world) addPlace(name string, contacts int, settings ...string) {
	w.t.Helper()
	address := "127.0.0.1:" + freePort(w.t)
	p := &place{name: name, url: "http://" + address, model: newModel()}
	p.simulator = w.startProcess("simulator "+name, filepath.Join(binaries, "simulator"), nil, "-listen", address,
		"-contacts", fmt.Sprint(contacts), "-latency", "60ms", "-limits", "off",
		"-column", "acme_vipstatus:string:100", "-column", "acme_goldstatus:string:100", "-column", "acme_tempstatus:string:100")
	w.await("the simulator is ready", func() bool { return answers(p.url + "/_simulator/stats") })
	var err error
	p.proxy, err = newProxy(name, p.url, w.timeline)
	require.NoError(w.t, err)
	w.t.Cleanup(p.proxy.close)
	text, err := p.control(http.MethodGet, "contacts", nil)
	require.NoError(w.t, err)
	p.contacts = strings.Fields(string(text))
	held, err := p.held()
	require.NoError(w.t, err)
	p.model.adopt(held)
	p.settings = map[string]string{
		"ENVIRONMENT": p.proxy.url(), "TENANT_ID": "11111111-1111-1111-1111-111111111111", "CLIENT_ID": "client",
		"CLIENT_SECRET": "secret", "PREFIX": "acme",
	}
	for pair := range slices.Chunk(settings, 2) {
		p.settings[pair[0]] = pair[1]
	}
	w.places = append(w.places, p)
}
