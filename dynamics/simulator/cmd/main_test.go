package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFlagsInBothSpellings(t *testing.T) {
	for _, args := range [][]string{
		{"-listen", "127.0.0.1:1", "-contacts", "5", "-column", "a:int", "-column", "b:string:7", "-limits", "off", "-latency", "300ms", "-deny", "prvWriteContact"},
		{"-listen=127.0.0.1:1", "--contacts=5", "-column=a:int", "-column=b:string:7", "-limits=off", "-latency=300ms", "-deny=prvWriteContact"},
	} {
		address, o, err := parse(args, io.Discard)
		require.NoError(t, err)
		require.Equal(t, "127.0.0.1:1", address)
		require.Equal(t, 5, o.Contacts)
		require.Equal(t, []string{"a:int", "b:string:7"}, o.Columns)
		require.Equal(t, []string{"prvWriteContact"}, o.Deny)
		require.True(t, o.NoLimits)
		require.Equal(t, "300ms", o.Latency.String())
	}
}

func TestUsage(t *testing.T) {
	var out, errOut bytes.Buffer
	require.Equal(t, 0, run(t.Context(), []string{"--help"}, &out, &errOut))
	require.Contains(t, errOut.String(), "Example:")
	for _, args := range [][]string{{"-nope"}, {"stray"}, {"-limits", "maybe"}, {"-client-certificate", "/nowhere"}} {
		require.Equal(t, exitUsage, run(t.Context(), args, &out, io.Discard), args)
	}
	errOut.Reset()
	require.Equal(t, exitFailed, run(t.Context(), []string{"-column", "x"}, &out, &errOut))
	require.Equal(t, 1, strings.Count(errOut.String(), "\n"), "one line says it")
}

func TestPortTaken(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close() //nolint:errcheck // the test is over
	var errOut bytes.Buffer
	require.Equal(t, exitFailed, run(t.Context(), []string{"-listen", listener.Addr().String()}, io.Discard, &errOut))
	require.Equal(t, "simulator: "+listener.Addr().String()+" is taken by another program: stop that one or choose another address with -listen\n", errOut.String())
}

// firstLine hands on the line that says where the simulator listens.
type firstLine chan string

func (f firstLine) Write(b []byte) (int, error) {
	f <- string(b)
	return len(b), nil
}

func TestRunsUntilInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	lines, code := make(firstLine, 1), make(chan int, 1)
	dir := t.TempDir()
	go func() {
		code <- run(ctx, []string{"-listen", "127.0.0.1:0", "-contacts", "3", "-data", dir}, lines, io.Discard)
	}()
	line := <-lines
	require.Contains(t, line, ", 3 contacts")
	url := strings.Fields(line)[2]
	response, err := http.Get(strings.TrimSuffix(url, ",") + "/_simulator/contacts")
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)
	interrupt()
	require.Equal(t, 0, <-code)
}
