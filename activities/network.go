package activities

import (
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// network is the step that tells by which way Dynamics and its sign-in are reached, and whose certificates are trusted.
func (o Options) network() CheckStep {
	step := CheckStep{Name: "network", OK: true}
	var ways []string
	for _, to := range o.Destination.Client.Addresses() {
		proxy, err := http.ProxyFromEnvironment(&http.Request{URL: to})
		if err != nil {
			return CheckStep{
				Name: step.Name, Detail: fmt.Sprintf("the proxy for %s is no URL", to.Host), Fix: "set the worker's HTTPS_PROXY to a URL such as http://proxy:3128",
			}
		}
		ways = append(ways, to.Host+" "+wayText(proxy))
	}
	step.Detail = strings.Join(ways, ", ")
	if o.CertFile == "" {
		return step
	}
	n, err := countCertificates(o.CertFile)
	if err != nil {
		step.OK, step.Detail = false, fmt.Sprintf("%s; the worker's SSL_CERT_FILE %s cannot be used: %v", step.Detail, o.CertFile, err)
		step.Fix = "let it name a PEM file with the certificates of the authorities to trust, readable by the worker"
		return step
	}
	step.Detail += fmt.Sprintf("; trusted authorities: %d of SSL_CERT_FILE %s", n, o.CertFile)
	return step
}

// wayText names a proxy without the password that may stand in its URL.
func wayText(proxy *url.URL) string {
	if proxy == nil {
		return "directly"
	}
	return "through the proxy " + proxy.Host
}

// countCertificates counts the certificates of a PEM file.
func countCertificates(file string) (n int, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, errors.Unwrap(err)
	}
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			n++
		}
	}
	if n == 0 {
		return 0, errors.New("it holds no certificate")
	}
	return n, nil
}
