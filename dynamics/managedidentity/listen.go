package managedidentity

import (
	"bytes"
	"io"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"audienceflow/dynamics"
)

// maxRefusal bounds what is kept of a refusal.
const maxRefusal = 16 << 10

type heardKey struct{}

// listen notes how the endpoint answers: of the library's errors some hold it and some do not.
type listen struct{}

// Do implements policy.Policy.
func (listen) Do(req *policy.Request) (*http.Response, error) {
	heard, ok := req.Raw().Context().Value(heardKey{}).(*dynamics.IdentityError)
	if !ok {
		return req.Next()
	}
	heard.Endpoint = req.Raw().URL.Host
	resp, err := req.Next()
	if err != nil {
		heard.StatusCode, heard.Header, heard.Body = 0, nil, nil
		return resp, err
	}
	heard.StatusCode, heard.Header, heard.Body = resp.StatusCode, resp.Header, nil
	if resp.StatusCode == http.StatusOK {
		return resp, nil // it holds a token
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxRefusal))
	if err != nil {
		return resp, err
	}
	_ = resp.Body.Close() // all that is wanted of it has been read
	heard.Body = body
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}
