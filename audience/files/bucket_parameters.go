package files

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"audienceflow/audience"
)

// olderParameters are names that S3 tools have long used, and the driver's own
// for the same thing.
var olderParameters = map[string]string{
	"s3ForcePathStyle": "use_path_style", "s3_force_path_style": "use_path_style",
	"disableSSL": "disable_https", "disable_ssl": "disable_https",
}

// bucketParameters are what a source's URL may tell a driver. The drivers know
// more, which an activation file has no business with: gs reads a key from a
// file named by private_key_path, azblob and gs send the worker's token to the
// host that domain or universe_domain names.
var bucketParameters = map[string][]string{
	"s3": {"region", "endpoint", "use_path_style", "s3ForcePathStyle", "s3_force_path_style", "disable_https", "disableSSL",
		"disable_ssl", "hostname_immutable", "dualstack", "fips", "accelerate", "anonymous", "awssdk", "rate_limiter_capacity",
		"request_checksum_calculation", "response_checksum_validation"},
	"azblob": {"storage_account", "localemu", "domain", "protocol"},
	"gs":     {"anonymous", "grpc", "zonal"},
}

// checkParameters says what is wrong with the parameters of a bucket's URL, ""
// for nothing.
func checkParameters(u *url.URL) string {
	scheme := strings.ToLower(u.Scheme)
	if !slices.Contains(audience.BucketSchemes, scheme) {
		return fmt.Sprintf("it cannot be read from %s://; use a file's path, s3://, azblob:// or gs://", audience.ShownCell(scheme))
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return "it has parameters that are not well-formed"
	}
	for name, values := range query {
		known := slices.Contains(bucketParameters[scheme], name)
		if !known {
			return fmt.Sprintf("it has the parameter %s, which an activation file may not set; what %s:// understands here is %s, the rest "+
				"belongs into the worker's environment", audience.ShownCell(name), scheme, strings.Join(bucketParameters[scheme], ", "))
		}
		if name == "domain" && slices.ContainsFunc(values, func(v string) bool { return !isLoopback(v) }) {
			return "it names a domain that the worker's token would be sent to; set AZURE_STORAGE_DOMAIN in the worker's environment"
		}
	}
	if query.Has("protocol") && !query.Has("domain") {
		return "it has the parameter protocol, which goes with a domain on this host only"
	}
	return ""
}

// isLoopback tells a host, with or without a port, that never leaves the machine.
func isLoopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// parameters gives the URL's parameters in the driver's words.
func parameters(u *url.URL) string {
	if u.RawQuery == "" {
		return ""
	}
	query := u.Query()
	for older, current := range olderParameters {
		if u.Scheme == "s3" && query.Has(older) {
			query.Set(current, query.Get(older))
			query.Del(older)
		}
	}
	return "?" + query.Encode()
}
