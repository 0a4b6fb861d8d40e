package audience

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"sync/atomic"
)

// What files start with.
var (
	gzipMagic   = []byte{0x1f, 0x8b}
	utf16Little = []byte{0xff, 0xfe}
	utf16Big    = []byte{0xfe, 0xff}
)

// sniffedLength is enough to see past blank lines to a file's first character.
const sniffedLength = 4 << 10

// counter counts what is read of a source, for progress.
type counter struct {
	r io.Reader
	n atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// unpack undoes compression, told by content.
func unpack(r io.Reader) (*bufio.Reader, error) {
	in := bufio.NewReaderSize(r, windowStart)
	start, err := in.Peek(len(gzipMagic))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if !bytes.Equal(start, gzipMagic) {
		return in, nil
	}
	packed, err := gzip.NewReader(in)
	if err != nil {
		return nil, err
	}
	return bufio.NewReaderSize(packed, windowStart), nil
}

// detectFormat tells the format of an unpacked stream by the file's name, else
// by its content.
func detectFormat(in *bufio.Reader, name string) (string, error) {
	start, err := in.Peek(sniffedLength)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	name = strings.ToLower(name)
	for _, packed := range []string{".gz", ".gzip", ".zst", ".zstd"} {
		name = strings.TrimSuffix(name, packed)
	}
	switch filepath.Ext(name) {
	case ".csv", ".tsv":
		return FormatCSV, nil
	case ".json", ".ndjson", ".jsonl":
		return FormatAEPJSON, nil
	}
	start = bytes.TrimLeft(bytes.TrimPrefix(start, utf8Mark), " \t\r\n")
	if len(start) == 0 || start[0] == '{' || start[0] == '[' {
		return FormatAEPJSON, nil
	}
	return FormatCSV, nil
}

// checkText refuses text in an encoding that would be read wrongly.
func checkText(in *bufio.Reader) error {
	start, err := in.Peek(len(utf16Little))
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if bytes.Equal(start, utf16Little) || bytes.Equal(start, utf16Big) {
		return &cutError{CauseFormat, 0, "the file is UTF-16; save it as UTF-8 (in Excel: CSV UTF-8)"}
	}
	return nil
}

// isCutStream tells whether unpacking failed because of the data, not because
// of the disk or network.
func isCutStream(err error) bool {
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) ||
		isFlateError(err)
}
