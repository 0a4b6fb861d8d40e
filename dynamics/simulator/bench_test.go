package simulator_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
)

const (
	benchContacts = 100000
	benchRows     = 1000
)

// BenchmarkUpdateMultiple writes over loopback with a client that does next to nothing, on two
// connections.
func BenchmarkUpdateMultiple(b *testing.B) {
	e := start(b, simulator.Options{Contacts: benchContacts, NoLimits: true})
	requests := make([][]byte, benchContacts/benchRows)
	for i := range requests {
		rows := make([]string, benchRows)
		for j := range rows {
			rows[j] = row(contact(i*benchRows+j), fmt.Sprintf(`"acme_vipstatus":"realized","firstname":"Name%d","birthdate":"1980-01-02"`, j))
		}
		body := targets(rows...)
		requests[i] = []byte(fmt.Sprintf("POST /api/data/v9.2/contacts/Microsoft.Dynamics.CRM.UpdateMultiple HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", e.token, len(body), body))
	}
	b.ReportAllocs()
	b.ResetTimer()
	done := make(chan error, 2)
	for worker := range 2 {
		go func() { done <- drive(strings.TrimPrefix(e.url, "http://"), requests, worker, b.N) }()
	}
	require.NoError(b, <-done)
	require.NoError(b, <-done)
	b.StopTimer()
	b.ReportMetric(float64(b.N)*benchRows/b.Elapsed().Seconds(), "rows/s")
}

// drive sends every second of n requests over one connection.
func drive(address string, requests [][]byte, first, n int) error {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer func() { _ = connection.Close() }()
	r := bufio.NewReader(connection)
	for i := first; i < n; i += 2 {
		if _, err := connection.Write(requests[i%len(requests)]); err != nil {
			return err
		}
		response, err := http.ReadResponse(r, nil)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, response.Body)
		if err = errors.Join(err, response.Body.Close()); err != nil || response.StatusCode != http.StatusNoContent {
			return fmt.Errorf("status %d: %w", response.StatusCode, err)
		}
	}
	return nil
}

func BenchmarkPage(b *testing.B) {
	e := start(b, simulator.Options{Contacts: benchContacts, NoLimits: true})
	for b.Loop() {
		require.Len(b, e.rows("contacts?$select=firstname,acme_vipstatus&$filter=acme_vipstatus eq null"), 5000)
	}
}

func BenchmarkGenerate(b *testing.B) {
	for b.Loop() {
		_, err := simulator.New(simulator.Options{Contacts: benchContacts})
		require.NoError(b, err)
	}
}
