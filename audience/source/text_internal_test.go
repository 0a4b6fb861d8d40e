package source

import (
	"bufio"
	"bytes"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/charmap"
)

func TestWindows1252IsAsTheLibraryHasIt(t *testing.T) {
	for b := range 256 {
		want := utf8.AppendRune(nil, charmap.Windows1252.DecodeByte(byte(b)))
		if string(want) == string(utf8.RuneError) {
			want = []byte{noText}
		}
		got, err := fromWindows1252(bufio.NewReader(bytes.NewReader([]byte{byte(b)})), nil)
		require.NoError(t, err)
		require.Equal(t, want, got, b)
	}
}
