package connect

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc/codes"
)

// Failure says why Temporal cannot be used, and what to do about it.
type Failure struct {
	// What has happened, at which address.
	What string
	// Fix is what to do.
	Fix string
	err error
}

func (f *Failure) Error() string { return f.What + ": " + f.Fix }

// Unwrap gives the error as it came.
func (f *Failure) Unwrap() error { return f.err }

// Explain finds out why a call to Temporal has failed. Where its error does not say it, the way to
// the server is tried step by step.
func Explain(ctx context.Context, o client.Options, err error) *Failure {
	f := answered(o, err)
	if f == nil {
		f = probe(ctx, o)
	}
	if f == nil {
		f = &Failure{
			What: fmt.Sprintf("Temporal at %s does not answer: %s", Address(o), plain(err)),
			Fix:  "is it still starting? Its own log says more",
		}
	}
	f.err = err
	return f
}

// answered explains errors that something at the address has answered with; nil: there was no
// answer.
func answered(o client.Options, err error) *Failure {
	at := Address(o)
	var missing *serviceerror.NamespaceNotFound
	var invalid *serviceerror.InvalidArgument
	code := serviceerror.ToStatus(unwrapped(err)).Code()
	switch {
	case errors.As(err, &missing):
		return &Failure{
			What: fmt.Sprintf("Temporal at %s has no namespace %q", at, Namespace(o)),
			Fix:  "create it or set TEMPORAL_NAMESPACE",
		}
	case errors.As(err, &invalid):
		return &Failure{
			What: fmt.Sprintf("Temporal at %s refuses namespace %q: %s", at, Namespace(o), plain(err)),
			Fix:  "set TEMPORAL_NAMESPACE",
		}
	case strings.Contains(err.Error(), "unexpected HTTP status code"),
		strings.Contains(err.Error(), "unexpected content-type"):
		return webPage(at)
	case code == codes.Unauthenticated, code == codes.PermissionDenied:
		return &Failure{
			What: fmt.Sprintf("Temporal at %s does not let us in (%s)", at, plain(err)),
			Fix: "set TEMPORAL_API_KEY, or TEMPORAL_TLS_CLIENT_CERT_PATH and _KEY_PATH, to what is" +
				" allowed to use namespace \"" + Namespace(o) + "\"",
		}
	case code == codes.Unimplemented:
		return &Failure{
			What: fmt.Sprintf("what answers at %s speaks gRPC but is not Temporal", at),
			Fix:  "set TEMPORAL_ADDRESS to Temporal's frontend",
		}
	}
	return nil
}

func webPage(at string) *Failure {
	return &Failure{
		What: fmt.Sprintf("a web server answers at %s, not Temporal's frontend", at),
		Fix:  "set TEMPORAL_ADDRESS to the gRPC address (port 7233 where nothing else was chosen; 8233 and 8080 are its UI)",
	}
}

// unwrapped is the innermost error, which is the one that a status can be told of.
func unwrapped(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

// plain is an error as one short line, without what the client puts before it.
func plain(err error) string {
	const most = 300
	text := strings.TrimPrefix(err.Error(), "failed reaching server: ")
	if i := strings.LastIndex(text, "desc = "); i >= 0 {
		text = strings.Trim(text[i+len("desc = "):], `"`)
	}
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "..."
	}
	return text
}
