package dynamics

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/tidwall/gjson"
)

var aadstsPattern = regexp.MustCompile(`AADSTS[0-9]{4,9}`)

// isSignInCode is true for codes that Entra alone gives.
func isSignInCode(code string) bool { return strings.HasPrefix(code, "AADSTS") }

// signInCode finds the most exact code of a refused sign-in: the AADSTS number, else OAuth's error
// word.
func signInCode(word, description string, body []byte) string {
	if code := aadstsPattern.FindString(description); code != "" {
		return code
	}
	if gjson.ValidBytes(body) {
		if n := gjson.GetBytes(body, "error_codes.0").Int(); n > 0 {
			return "AADSTS" + gjson.GetBytes(body, "error_codes.0").String()
		}
	}
	return normalCode(word)
}

// challenge is what an environment says in the WWW-Authenticate of a 401.
type challenge struct {
	loginHost string
	tenant    string
	resource  string
}

// parseChallenge reads "Bearer authorization_uri=https://login.../<tenant>/oauth2/authorize,
// resource_id=https://...", quoted or not, in any order. Fields that are not there stay empty.
func parseChallenge(header string) challenge {
	var ch challenge
	header = strings.TrimSpace(header)
	if hasPrefixFold(header, "bearer") {
		header = header[len("bearer"):]
	}
	for _, field := range strings.FieldsFunc(header, func(r rune) bool { return strings.ContainsRune(", \t\r\n", r) }) {
		name, value, ok := strings.Cut(field, "=")
		if !ok {
			continue
		}
		value = strings.Trim(value, `"'`)
		switch strings.ToLower(name) {
		case "authorization_uri":
			ch.loginHost, ch.tenant = splitAuthorizationURI(value)
		case "resource_id":
			ch.resource = value
		}
	}
	return ch
}

func splitAuthorizationURI(value string) (host, tenant string) {
	u, err := url.Parse(value)
	if err != nil {
		return "", ""
	}
	tenant, _, _ = strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	if !tenantPattern.MatchString(tenant) || strings.EqualFold(tenant, "common") {
		tenant = ""
	}
	return u.Host, tenant
}

// explainUnauthorized compares the 401 of a fresh token with what we signed in to.
func (c *Client) explainUnauthorized(e *Error, header http.Header) {
	c.compareTenant(e, parseChallenge(strings.Join(header.Values("WWW-Authenticate"), ", ")))
}

// explainTenant asks the environment, without a token, which tenant it belongs to: the tenant of a
// failed sign-in may be the wrong one. What cannot be learned is left out.
func (c *Client) explainTenant(ctx context.Context, e *Error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base.String()+apiPath+"WhoAmI", nil)
	if err != nil {
		return
	}
	resp, err := c.http.Do(req)
	if err != nil {
		if e2 := networkError(e.Op, err, undelivered); e2.Code == codeDNS || e2.Code == codeTLS {
			e.detail = "also, the environment's host name does not resolve or is not to be trusted"
		}
		return
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusUnauthorized {
		c.compareTenant(e, parseChallenge(strings.Join(resp.Header.Values("WWW-Authenticate"), ", ")))
	}
}

func (c *Client) compareTenant(e *Error, ch challenge) {
	if ch.tenant == "" || strings.EqualFold(ch.tenant, c.cfg.TenantID) {
		return
	}
	if _, isGUID := parseGUID(c.cfg.TenantID); !isGUID {
		return // a domain name: it may well be that tenant's
	}
	e.class = Misconfigured
	e.detail = "the environment belongs to tenant " + ch.tenant + ", not " + c.cfg.TenantID
	e.action = "Set DYNAMICS_TENANT_ID to " + ch.tenant + ", and DYNAMICS_CLIENT_ID and its secret to an app registration of that tenant"
	if ch.loginHost != "" && !strings.EqualFold(ch.loginHost, c.authority.Host) {
		e.action += "; it signs in at " + ch.loginHost + " (DYNAMICS_AUTHORITY)"
	}
}
