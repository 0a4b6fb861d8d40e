package dynamics

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"
)

var (
	organisationPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]*$`)
	regionPattern       = regexp.MustCompile(`^crm[0-9]*$`)
	tenantPattern       = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]*$`)
)

// regionSuffixes gives the host suffix of each region's alias. Codes of the form crmNN need no
// entry, so that a region that Microsoft opens tomorrow is accepted.
// https://learn.microsoft.com/power-platform/admin/new-datacenter-regions
var regionSuffixes = map[string]string{
	"nam": "crm.dynamics.com", "na": "crm.dynamics.com", "northamerica": "crm.dynamics.com",
	"sam": "crm2.dynamics.com", "latam": "crm2.dynamics.com",
	"can": "crm3.dynamics.com",
	"eur": "crm4.dynamics.com", "emea": "crm4.dynamics.com",
	"apj": "crm5.dynamics.com", "apac": "crm5.dynamics.com",
	"oce": "crm6.dynamics.com",
	"jpn": "crm7.dynamics.com",
	"ind": "crm8.dynamics.com",
	"gcc": "crm9.dynamics.com",
	"gbr": "crm11.dynamics.com",
	"fra": "crm12.dynamics.com",
	"zaf": "crm14.dynamics.com",
	"uae": "crm15.dynamics.com",
	"ger": "crm16.dynamics.com",
	"che": "crm17.dynamics.com",
	"nor": "crm19.dynamics.com",
	"sgp": "crm20.dynamics.com",
	"kor": "crm21.dynamics.com",
	"swe": "crm22.dynamics.com",
	"usg": "crm.microsoftdynamics.us", "gcchigh": "crm.microsoftdynamics.us",
	"dod": "crm.appsplatform.us",
	"chn": "crm.dynamics.cn",
}

// publicAuthority serves the public cloud and GCC.
const publicAuthority = "https://login.microsoftonline.com"

// authorities gives the sign-in host of the clouds that have their own.
// https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
var authorities = map[string]string{
	".microsoftdynamics.us": "https://login.microsoftonline.us",
	".appsplatform.us":      "https://login.microsoftonline.us",
	".dynamics.cn":          "https://login.partner.microsoftonline.cn",
}

// resolveEnvironment gives the base URL (scheme and host) of an environment.
func resolveEnvironment(environment, region string) (*url.URL, error) {
	environment = strings.TrimSpace(environment)
	switch {
	case environment == "":
		return nil, fmt.Errorf("DYNAMICS_ENVIRONMENT is missing: give the environment's name (org57771b33) or URL (https://org57771b33.crm4.dynamics.com)")
	case strings.Contains(environment, "://"):
		return baseURL("DYNAMICS_ENVIRONMENT", environment)
	case strings.Contains(environment, "."):
		return baseURL("DYNAMICS_ENVIRONMENT", "https://"+environment)
	case !organisationPattern.MatchString(environment):
		return nil, fmt.Errorf("DYNAMICS_ENVIRONMENT is %q: give the environment's name (org57771b33) or URL (https://org57771b33.crm4.dynamics.com)", environment)
	}
	suffix, err := hostSuffix(region)
	if err != nil {
		return nil, err
	}
	return &url.URL{Scheme: "https", Host: strings.ToLower(environment) + "." + suffix}, nil
}

// hostSuffix turns a region code into what follows the organisation's name in the host name.
func hostSuffix(region string) (string, error) {
	code := strings.ToLower(strings.Trim(strings.TrimSpace(region), "."))
	if code == "" {
		code = "crm"
	}
	if regionPattern.MatchString(code) {
		return code + ".dynamics.com", nil
	}
	if suffix, ok := regionSuffixes[strings.NewReplacer(" ", "", "-", "", "_", "").Replace(code)]; ok {
		return suffix, nil
	}
	if first, _, dotted := strings.Cut(code, "."); dotted && regionPattern.MatchString(first) {
		return code, nil
	}
	return "", fmt.Errorf("DYNAMICS_REGION is %q: give the code in the environment's host name, such as crm (North America) or crm4 (Europe)", region)
}

// resolveAuthority gives the sign-in address before /{tenant}. base may be nil when it could not be
// resolved.
func resolveAuthority(authority string, base *url.URL) (*url.URL, error) {
	if authority != "" {
		u, err := url.Parse(strings.TrimRight(strings.TrimSpace(authority), "/"))
		if err != nil || u.Host == "" {
			return nil, fmt.Errorf("DYNAMICS_AUTHORITY is %q: give a URL such as %s", authority, publicAuthority)
		}
		return u, checkScheme("DYNAMICS_AUTHORITY", u)
	}
	if base != nil && isLoopback(base.Hostname()) {
		return base, nil
	}
	if base != nil {
		for suffix, address := range authorities {
			if strings.HasSuffix(base.Hostname(), suffix) {
				return url.Parse(address)
			}
		}
	}
	return url.Parse(publicAuthority)
}

// baseURL keeps scheme and host of an address; a path such as /main.aspx, copied from a browser, is
// dropped.
func baseURL(setting, address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return nil, fmt.Errorf("%s is not a URL: give one such as https://org57771b33.crm4.dynamics.com", setting)
	}
	if u.User != nil {
		return nil, fmt.Errorf("%s holds a user name: give the address alone", setting)
	}
	u.Scheme = strings.ToLower(u.Scheme)
	if err := checkScheme(setting, u); err != nil {
		return nil, err
	}
	return &url.URL{Scheme: u.Scheme, Host: strings.ToLower(u.Host)}, nil
}

// checkScheme lets plain http pass for loopback addresses only: secret and token travel over it.
func checkScheme(setting string, u *url.URL) error {
	if u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()) {
		return nil
	}
	return fmt.Errorf("%s starts with %s://: use https (http is for loopback addresses only)", setting, u.Scheme)
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
