package source

import (
	"bytes"
	"errors"
	"io"
)

const (
	// windowStart is large enough that reading costs little beside decoding.
	windowStart = 256 << 10
	// maxRecordBytes bounds a single record, and with it the reader's memory.
	maxRecordBytes = 16 << 20
)

// errTooLong says that the window holds as much as a record may have.
var errTooLong = errors.New("the record is too long")

// window is a view on a stream that starts at the record being read, grows
// until the record is whole, and moves on.
type window struct {
	r     io.Reader
	buf   []byte
	pos   int
	end   int
	limit int
	line  int64 // of the byte at pos, 1-based
	base  int64 // bytes of the stream before buf
	err   error // why there is no more, io.EOF at the end
}

func newWindow(r io.Reader) *window {
	return &window{r: r, buf: make([]byte, windowStart), limit: maxRecordBytes, line: 1}
}

// data is what is at hand, valid until the next call of more or advance.
func (w *window) data() []byte { return w.buf[w.pos:w.end] }

// at gives the place in the stream of data[i].
func (w *window) at(i int) int64 { return w.base + int64(w.pos+i) }

// advance moves on by n bytes and counts their lines.
func (w *window) advance(n int) {
	w.line += int64(bytes.Count(w.buf[w.pos:w.pos+n], []byte{'\n'}))
	w.pos += n
}

// more adds bytes behind data. It gives io.EOF when there are none, errTooLong
// when data is as long as a record may be, and the stream's own error.
func (w *window) more() error {
	if w.err != nil {
		return w.err
	}
	if w.end-w.pos >= w.limit {
		return errTooLong
	}
	if w.pos > 0 {
		w.base += int64(w.pos)
		w.end = copy(w.buf, w.buf[w.pos:w.end])
		w.pos = 0
	}
	if w.end == len(w.buf) {
		larger := make([]byte, min(2*len(w.buf), w.limit))
		copy(larger, w.buf)
		w.buf = larger
	}
	had := w.end
	for w.end < len(w.buf) && w.err == nil {
		var n int
		n, w.err = w.r.Read(w.buf[w.end:])
		w.end += n
	}
	if w.end > had {
		return nil
	}
	return w.err
}

// skipSpace moves to the next byte that is no JSON white space.
func (w *window) skipSpace() (byte, error) {
	for {
		data := w.data()
		i := 0
		for i < len(data) && isSpace(data[i]) {
			i++
		}
		w.advance(i)
		if i < len(data) {
			return data[i], nil
		}
		if err := w.more(); err != nil {
			return 0, err
		}
	}
}

// skipLine moves behind the end of the line; ended is false when the stream
// ends first.
func (w *window) skipLine() (ended bool, err error) {
	for {
		data := w.data()
		if i := bytes.IndexByte(data, '\n'); i >= 0 {
			w.advance(i + 1)
			return true, nil
		}
		w.advance(len(data))
		if err := w.more(); err != nil {
			if errors.Is(err, io.EOF) {
				return false, nil
			}
			return false, err
		}
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }
