package receive_test

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/starter/receive"
)

// dribblers open connections and send the start of a request each.
func dribblers(t *testing.T, address string, n int, start string) []net.Conn {
	t.Helper()
	all := make([]net.Conn, n)
	for i := range all {
		connection, err := net.Dial("tcp", address)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, connection.Close()) })
		_, err = connection.Write([]byte(start))
		require.NoError(t, err)
		all[i] = connection
	}
	return all
}

func TestSendersWhoDribbleKeepNobodyOut(t *testing.T) {
	f := newFront(t, &memory{})
	address := strings.TrimPrefix(f.url, "http://")
	request := "POST /v1/destinations/dynamics/profiles HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n"
	dribblers(t, address, 200, request)
	dribblers(t, address, 1_500, request+"\r\n{\"a\"")
	for range 20 {
		code, _ := f.post(shaped(shapes["batch"]))
		require.Equal(t, http.StatusAccepted, code)
	}
}

func TestStrangersCostNothing(t *testing.T) {
	inbox := &memory{}
	f := newFront(t, inbox, func(o *receive.Options) { o.Tokens = []string{"one"} })
	for _, connection := range dribblers(t, strings.TrimPrefix(f.url, "http://"), 50,
		"POST /v1/destinations/dynamics/profiles HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n") {
		answer := make([]byte, 1024)
		n, err := connection.Read(answer) // none of the body was sent
		require.NoError(t, err)
		require.Contains(t, string(answer[:n]), fmt.Sprintf("HTTP/1.1 %d ", http.StatusUnauthorized))
	}
	require.Empty(t, inbox.kept())
}
