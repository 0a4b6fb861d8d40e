package targets

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/nicholas-fedor/shoutrrr"
	"github.com/nicholas-fedor/shoutrrr/pkg/types"
	"github.com/stretchr/testify/require"
)

// hostsOf are those of ALERT_HOSTS, with a name service of their own. Each look-up takes the next
// answer, the last one again and again.
func hostsOf(t *testing.T, named []string, answers map[string][]string) (Hosts, map[string]int) {
	t.Helper()
	h, asked := New(named), map[string]int{}
	h.lookup = func(_ context.Context, host string) ([]netip.Addr, error) {
		if address, err := netip.ParseAddr(host); err == nil {
			return []netip.Addr{address}, nil
		}
		known := answers[host]
		if len(known) == 0 {
			return nil, errors.New("no such host")
		}
		answer := known[min(asked[host], len(known)-1)]
		asked[host]++
		var found []netip.Addr
		for _, text := range strings.Split(answer, ",") {
			found = append(found, netip.MustParseAddr(text))
		}
		return found, nil
	}
	return h, asked
}

func TestOnlyPublicAddressesAreReachedWhereNoHostIsNamed(t *testing.T) {
	for address, reachable := range map[string]bool{
		"8.8.8.8": true, "2606:4700::1111": true, "::ffff:8.8.8.8": true,
		"127.0.0.1": false, "127.1.2.3": false, "::1": false, "0.0.0.0": false, "::": false, "0.1.2.3": false, "::ffff:127.0.0.1": false,
		"10.0.0.1": false, "172.16.0.1": false, "192.168.1.1": false, "fd00::1": false, "::ffff:10.0.0.1": false, "fec0::1": false,
		"169.254.169.254": false, "fe80::1": false, "fd00:ec2::254": false, "100.100.100.200": false, "168.63.129.16": true,
		"224.0.0.1": false, "ff02::1": false, "255.255.255.255": false, "240.0.0.1": false, "198.18.0.1": false, "192.0.0.170": false,
		"192.0.2.1": false, "203.0.113.9": false, "2001:db8::1": false, "64:ff9b::7f00:1": false, "2002:7f00:1::": false, "2001::1": false,
		"::7f00:1": false, "100::1": false,
	} {
		h, _ := hostsOf(t, nil, map[string][]string{"example.org": {address}})
		_, err := h.Look("generic+https://example.org/hook")
		if reachable {
			require.NoError(t, err, address)
		} else {
			require.ErrorIs(t, err, errPrivateHost, address)
		}
	}
	h, _ := hostsOf(t, nil, map[string][]string{"mixed.example": {"8.8.8.8,127.0.0.1"}})
	_, err := h.Look("generic+https://mixed.example/hook")
	require.ErrorIs(t, err, errPrivateHost, "whichever of its addresses would be taken")
	_, err = h.Look("generic+https://absent.example/hook")
	require.ErrorIs(t, err, errUnknownHost)
}

func TestNamedHostsAreReachedWhereverTheyAreAndNoOthers(t *testing.T) {
	named := []string{" Hooks.example.org. ", "*.corp.example", "127.0.0.1:9999", "::1", ""}
	answers := map[string][]string{
		"hooks.example.org": {"10.0.0.1"}, "a.corp.example": {"10.0.0.2"}, "corp.example": {"10.0.0.3"}, "other.example": {"8.8.8.8"},
		"xcorp.example": {"8.8.8.8"},
	}
	for target, want := range map[string]error{
		"generic+https://hooks.example.org/x": nil, "generic+https://HOOKS.example.org./x": nil, "generic+https://a.corp.example:8443/x": nil,
		"generic+http://127.0.0.1:9999/x": nil, "generic+http://[::1]:80/x": nil,
		"generic+https://corp.example/x": errUnnamedHost, "generic+https://xcorp.example/x": errUnnamedHost,
		"generic+https://other.example/x": errUnnamedHost, "generic+http://127.0.0.1:9998/x": errUnnamedHost,
		"smtp://mail.example:25/?from=a@example.org&to=b@example.org":      errOwnLookup,
		"smtp://hooks.example.org:25/?from=a@example.org&to=b@example.org": nil,
		"mqtt://other.example/topic":                                       errOwnLookup,
		"matrix://other.example/":                                          errOwnLookup,
		"logger://":                                                        errOwnLookup,
		"nothing://hooks2.example":                                         errOwnLookup,
		"slack://nonsense":                                                 errNoAlertURL,
	} {
		h, _ := hostsOf(t, named, answers)
		_, err := h.Look(target)
		require.ErrorIs(t, err, want, target)
	}
}

// hook is a target on loopback.
func hook(t *testing.T, answer http.HandlerFunc) (port string) {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	require.NoError(t, err)
	return port
}

func TestAHostIsLookedUpOnceAndDialledThere(t *testing.T) {
	told := 0
	port := hook(t, func(http.ResponseWriter, *http.Request) { told++ })
	// a name service that tells another address at each question: rebinding
	h, asked := hostsOf(t, []string{"moving.example"}, map[string][]string{"moving.example": {"127.0.0.1", "10.255.255.1"}})
	require.NoError(t, h.Tell("generic+http://moving.example:"+port+"/hook", "text"))
	require.Equal(t, 1, told)
	require.Equal(t, 1, asked["moving.example"])

	h, _ = hostsOf(t, nil, map[string][]string{"inside.example": {"127.0.0.1"}})
	require.ErrorIs(t, h.Tell("generic+http://inside.example:"+port+"/hook", "text"), errPrivateHost)
	require.ErrorIs(t, h.Tell("generic+http://127.0.0.1:"+port+"/hook", "text"), errPrivateHost)
	require.Equal(t, 1, told)
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	inside := 0
	port := hook(t, func(http.ResponseWriter, *http.Request) { inside++ })
	for _, code := range []int{http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		from := hook(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:"+port+"/inside", code)
		})
		h, _ := hostsOf(t, []string{"127.0.0.1"}, nil)
		require.ErrorIs(t, h.Tell("generic+http://127.0.0.1:"+from+"/hook", "text"), errRedirected, code)
	}
	require.Zero(t, inside)
}

// serviceURLs are one of each service that an activation file may name without ALERT_HOSTS.
var serviceURLs = map[string]string{
	"bark": "bark://:devicekey@bark.example", "discord": "discord://token@123456789", "generic": "generic+https://example.org/hook",
	"googlechat": "googlechat://chat.googleapis.com/v1/spaces/FOO/messages?key=bar&token=baz",
	"gotify":     "gotify://gotify.example/AzyoeNS.D4iJLVa",
	"hangouts":   "hangouts://chat.googleapis.com/v1/spaces/FOO/messages?key=bar&token=baz",
	"ifttt":      "ifttt://key@webhook?events=event1", "join": "join://shoutrrr:apikey@join?devices=device1",
	"lark": "lark://open.larksuite.com/token", "mattermost": "mattermost://mattermost.example/hook-token", "ntfy": "ntfy://ntfy.sh/topic",
	"opsgenie":   "opsgenie://api.opsgenie.com/eb243592-faa2-4ba2-a551q-1afdf565c889",
	"pagerduty":  "pagerduty://events.pagerduty.com/eb243592faa24ba2a5511afdf565c889",
	"pushbullet": "pushbullet://o.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/device", "pushover": "pushover://shoutrrr:token@user",
	"rocketchat": "rocketchat://rocketchat.example/tokenA/tokenB/channel", "signal": "signal://signal.example:8080/+1234567890/+1987654321",
	"slack":    "slack://hook:AAAAAAAAA-BBBBBBBBB-123456789123456789123456@webhook",
	"teams":    "teams://?host=https%3A%2F%2Fprod-00.westus.logic.azure.com%3A443%2Fworkflows%2Fabc%2Ftriggers%2Fmanual%2Fpaths%2Finvoke%3Fapi-version%3D2016-06-01%26sp%3Dx%26sv%3D1.0%26sig%3Dabc",
	"telegram": "telegram://123456789:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr@telegram?chats=@channel", "wecom": "wecom://key",
	"zulip": "zulip://bot%40example.org:key@example.zulipchat.com?stream=foo&topic=bar",
}

// refusing takes every request and lets none through.
type refusing struct{ asked []*url.URL }

func (r *refusing) RoundTrip(asked *http.Request) (*http.Response, error) {
	r.asked = append(r.asked, asked.URL)
	return nil, errors.New("nothing goes out")
}

func TestEachServiceThatAFileMayNameGoesThroughTheGuard(t *testing.T) {
	for _, service := range guardedServices {
		t.Run(service, func(t *testing.T) {
			way := &refusing{}
			sender, err := shoutrrr.CreateSenderWithOptions(types.SenderOptions{HTTPClient: &http.Client{Transport: way}}, serviceURLs[service])
			require.NoError(t, err)
			require.Empty(t, way.asked, "nothing is sent before there is something to tell")
			_ = sender.Send("text", &types.Params{}) // it is refused
			require.NotEmpty(t, way.asked)

			h, _ := hostsOf(t, []string{"nowhere.example"}, nil)
			require.ErrorIs(t, h.Tell(serviceURLs[service], "text"), errUnnamedHost, "also of a service that keeps failures for itself")
		})
	}
}
