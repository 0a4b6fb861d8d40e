package source

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/klauspost/compress/zstd"

	"audienceflow/audience"
)

// What files start with.
var (
	gzipMagic   = []byte{0x1f, 0x8b}
	zstdMagic   = []byte{0x28, 0xb5, 0x2f, 0xfd}
	utf16Little = []byte{0xff, 0xfe}
	utf16Big    = []byte{0xfe, 0xff}
	utf32Little = []byte{0xff, 0xfe, 0, 0}
	utf32Big    = []byte{0, 0, 0xfe, 0xff}
)

// sniffedLength is enough to see past blank lines to a file's first character.
const sniffedLength = 4 << 10

// counter counts what is read of a source, for progress. It ends with its
// context, also where a few bytes of a packed file are a great many.
type counter struct {
	ctx context.Context
	r   io.Reader
	n   *atomic.Int64
}

func (c counter) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// maxZstdWindow bounds the memory that a packed stream may ask for; zstd's own
// default at its highest level stays below.
const maxZstdWindow = 64 << 20

// unpacked is a stream without its compression.
type unpacked struct {
	*bufio.Reader
	close func()
}

// unpack undoes compression, told by content.
func unpack(r io.Reader) (unpacked, error) {
	in := bufio.NewReaderSize(r, windowStart)
	start, err := in.Peek(len(zstdMagic))
	if err != nil && !errors.Is(err, io.EOF) {
		return unpacked{}, err
	}
	switch {
	case bytes.HasPrefix(start, gzipMagic):
		packed, err := gzip.NewReader(in)
		if err != nil {
			return unpacked{}, err
		}
		return unpacked{bufio.NewReaderSize(packed, windowStart), func() {}}, nil
	case bytes.HasPrefix(start, zstdMagic):
		// One decoder without goroutines of its own: the source is read by one.
		packed, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxZstdWindow))
		if err != nil {
			return unpacked{}, err
		}
		return unpacked{bufio.NewReaderSize(packed, windowStart), packed.Close}, nil
	}
	return unpacked{in, func() {}}, nil
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
		return audience.FormatCSV, nil
	case ".json", ".ndjson", ".jsonl":
		return audience.FormatAEPJSON, nil
	}
	start = bytes.TrimLeft(bytes.TrimPrefix(start, utf8Mark), " \t\r\n")
	if len(start) == 0 || start[0] == '{' || start[0] == '[' {
		return audience.FormatAEPJSON, nil
	}
	return audience.FormatCSV, nil
}

// isCutStream tells whether unpacking failed because of the data, not because
// of the disk or network.
func isCutStream(err error) bool {
	for _, cut := range []error{io.ErrUnexpectedEOF, gzip.ErrChecksum, gzip.ErrHeader, zstd.ErrMagicMismatch, zstd.ErrCRCMismatch,
		zstd.ErrFrameSizeMismatch, zstd.ErrFrameSizeExceeded, zstd.ErrWindowSizeExceeded, zstd.ErrReservedBlockType, zstd.ErrCompressedSizeTooBig,
		zstd.ErrUnexpectedBlockSize} {
		if errors.Is(err, cut) {
			return true
		}
	}
	var corrupt flate.CorruptInputError
	return errors.As(err, &corrupt)
}
