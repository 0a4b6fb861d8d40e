package simulator

import (
	"net"
	"net/url"
	"strings"
)

// cloudNames end the names of environments in Microsoft's clouds
// (https://learn.microsoft.com/power-platform/admin/new-datacenter-regions).
var cloudNames = []string{".dynamics.com", ".microsoftdynamics.us", ".appsplatform.us", ".dynamics.cn", ".microsoftdynamics.de"}

// ofOtherEnvironment says whether a scope is plainly another environment's: it names one of a cloud
// while the simulator is asked at an address of this machine. Under any other name a proxy may have
// made this environment known.
func ofOtherEnvironment(scope, asked string) bool {
	u, err := url.Parse(scope)
	if err != nil || !isLoopback(asked) {
		return false
	}
	for _, name := range cloudNames {
		if strings.HasSuffix(strings.ToLower(u.Hostname()), name) {
			return true
		}
	}
	return false
}

func isLoopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
