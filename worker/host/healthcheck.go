package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"audienceflow/environment"
)

// healthcheckTime bounds the question.
const healthcheckTime = 5 * time.Second

// Healthcheck asks the worker that listens at this environment's WORKER_LISTEN whether it is alive,
// or whether it is ready ("readyz"); nil: it is.
func Healthcheck(ctx context.Context, path string) error {
	var c struct {
		Listen string `envconfig:"WORKER_LISTEN" default:"127.0.0.1:8091"`
	}
	if err := errors.Join(environment.Read("", &c), checkListen(c.Listen)); err != nil {
		return err
	}
	if c.Listen == "" {
		return errors.New("WORKER_LISTEN is empty: the worker listens nowhere")
	}
	ctx, cancel := context.WithTimeout(ctx, healthcheckTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+near(c.Listen)+"/"+path, nil)
	if err != nil {
		return err
	}
	response, err := (&http.Client{Transport: &http.Transport{}}).Do(request) // by no proxy
	if err != nil {
		return fmt.Errorf("no worker answers at %s", c.Listen)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<16))
	if err == nil && response.StatusCode != http.StatusOK {
		err = errors.New(strings.TrimSpace(string(text)))
	}
	return err
}

// near is where an address that is listened on can be reached from its own host.
func near(address string) string {
	host, port, _ := net.SplitHostPort(address) // it was checked
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
		if ip != nil && ip.To4() == nil {
			host = "::1"
		}
	}
	return net.JoinHostPort(host, port)
}
