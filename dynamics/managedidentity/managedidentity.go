// Package managedidentity signs in to Dynamics as the managed identity of the Azure resource that
// the program runs on: a virtual machine, App Service, Container Apps, Azure Arc and others. No
// secret is kept anywhere.
package managedidentity

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"audienceflow/dynamics"
)

const (
	// dialTimeout bounds connecting: the endpoint is on the host, or there is none.
	dialTimeout = 5 * time.Second
	// afresh has the library leave out its own cache, which would give back a token that Dynamics
	// does not accept any more.
	afresh = "{}"
)

// Source is a managed identity.
type Source struct {
	clientID   string
	credential azcore.TokenCredential
}

// New makes the source of the user-assigned identity with the client id, or of the system-assigned
// one without. Which endpoint is asked follows from the variables that Azure sets: IDENTITY_ENDPOINT
// and others, else it is that of virtual machines. Nothing is asked yet. The transport is nil but
// for tests.
func New(clientID string, transport *http.Transport) (*Source, error) {
	if transport == nil {
		transport = newTransport()
	}
	options := &azidentity.ManagedIdentityCredentialOptions{ClientOptions: azcore.ClientOptions{
		Transport: &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		Retry:            policy.RetryOptions{MaxRetries: -1}, // whoever asks decides what is worth another try
		PerRetryPolicies: []policy.Policy{listen{}},
	}}
	if clientID != "" {
		options.ID = azidentity.ClientID(clientID)
	}
	credential, err := azidentity.NewManagedIdentityCredential(options)
	if err != nil {
		return nil, fmt.Errorf("the managed identity cannot be used: %w", err)
	}
	return &Source{clientID: clientID, credential: credential}, nil
}

// newTransport asks by no proxy: the endpoint is on this host, or is no endpoint.
func newTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: dialTimeout}
	return &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: dialTimeout, MaxIdleConnsPerHost: 1, IdleConnTimeout: time.Minute}
}

// String names the identity, which is no secret.
func (s *Source) String() string {
	if s.clientID == "" {
		return "system-assigned managed identity"
	}
	return "managed identity " + s.clientID
}

// Token implements dynamics.ManagedIdentity.
func (s *Source) Token(ctx context.Context, scope string) (string, time.Duration, error) {
	heard := &dynamics.IdentityError{}
	ctx = context.WithValue(ctx, heardKey{}, heard)
	token, err := s.credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{scope}, Claims: afresh})
	life := time.Until(token.ExpiresOn)
	if err != nil || token.Token == "" || life <= 0 {
		heard.Err = err
		return "", 0, heard
	}
	return token.Token, life, nil
}
