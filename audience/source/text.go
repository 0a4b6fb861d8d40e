package source

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"audienceflow/audience"
)

// textOf gives a stream of text as UTF-8. An encoding that is not named is
// told by the mark at the start. Bytes that are no text in it become bytes that
// are no UTF-8, so that the records that hold them are excluded, and no other.
func textOf(in *bufio.Reader, encoding string) (*bufio.Reader, error) {
	start, err := in.Peek(sniffedLength)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	var order binary.ByteOrder
	switch {
	case encoding == audience.EncodingUTF16 && len(start) > 0 && bytes.IndexByte(start, 0) < 0:
		return nil, &audience.SourceError{Cause: audience.CauseFormat, Message: "source.encoding says utf-16, and the file is not; leave source.encoding out"}
	case bytes.HasPrefix(start, utf32Little), bytes.HasPrefix(start, utf32Big):
		return nil, &audience.SourceError{Cause: audience.CauseFormat, Message: "the file is UTF-32, which cannot be read; save it as UTF-8"}
	case bytes.HasPrefix(start, utf16Little):
		order = binary.LittleEndian
	case bytes.HasPrefix(start, utf16Big):
		order = binary.BigEndian
	case encoding == audience.EncodingUTF16:
		order = binary.LittleEndian // as Windows writes it
	default:
		if err := refuseForeign(start); err != nil {
			return nil, err
		}
		if encoding == audience.EncodingWindows1252 && !bytes.HasPrefix(start, utf8Mark) {
			return bufio.NewReaderSize(&decoded{in: in, decode: (&mistaken{}).decode}, windowStart), nil
		}
		return in, nil
	}
	return bufio.NewReaderSize(&decoded{in: in, decode: fromUTF16(order)}, windowStart), nil
}

// noText is a byte that is never part of UTF-8.
const noText = '\xff'

// decoded reads a stream in another encoding as UTF-8.
type decoded struct {
	in *bufio.Reader
	// decode appends the next characters to text.
	decode func(in *bufio.Reader, text []byte) ([]byte, error)
	text   []byte
	at     int
}

// decodedStep is how much text is decoded at a time.
const decodedStep = 16 << 10

func (d *decoded) Read(p []byte) (int, error) {
	if d.at == len(d.text) {
		var err error
		d.at, d.text = 0, d.text[:0]
		for len(d.text) < decodedStep && err == nil {
			d.text, err = d.decode(d.in, d.text)
		}
		if err != nil && (len(d.text) == 0 || !errors.Is(err, io.EOF)) {
			return 0, err
		}
	}
	n := copy(p, d.text[d.at:])
	d.at += n
	return n, nil
}

// windows1252 are the characters of the bytes 0x80 to 0x9F, "\uFFFD" where there is none; the other
// bytes are those of Latin-1. The library's tables of all encodings would be a hundred kilobytes of
// the program.
var windows1252 = []rune("€\uFFFD‚ƒ„…†‡ˆ‰Š‹Œ\uFFFDŽ\uFFFD\uFFFD‘’“”•–—˜™š›œ\uFFFDžŸ")

func fromWindows1252(in *bufio.Reader, text []byte) ([]byte, error) {
	b, err := in.ReadByte()
	if err != nil {
		return text, err
	}
	r := rune(b)
	if b >= 0x80 && b <= 0x9F {
		r = windows1252[b-0x80]
	}
	if r == utf8.RuneError {
		return append(text, noText), nil
	}
	return utf8.AppendRune(text, r), nil
}

func fromUTF16(order binary.ByteOrder) func(in *bufio.Reader, text []byte) ([]byte, error) {
	return func(in *bufio.Reader, text []byte) ([]byte, error) {
		var unit [2]byte
		if _, err := io.ReadFull(in, unit[:]); err != nil {
			if errors.Is(err, io.ErrUnexpectedEOF) {
				return text, &audience.SourceError{Cause: audience.CauseCut, Message: "it ends in the middle of a UTF-16 character, so it was cut; export it again"}
			}
			return text, err
		}
		r := rune(order.Uint16(unit[:]))
		if !utf16.IsSurrogate(r) {
			return utf8.AppendRune(text, r), nil
		}
		second, err := in.Peek(2)
		if err != nil && !errors.Is(err, io.EOF) {
			return text, err
		}
		if len(second) == 2 {
			if whole := utf16.DecodeRune(r, rune(order.Uint16(second))); whole != utf8.RuneError {
				_, err := in.Discard(2)
				return utf8.AppendRune(text, whole), err
			}
		}
		return append(text, noText), nil
	}
}

// lineEnds gives a table with CR alone between its lines, as old Macs wrote
// it, lines that end in LF. One whose first line ends otherwise stays as it is.
func lineEnds(in *bufio.Reader) io.Reader {
	start, _ := in.Peek(windowStart) // an error comes again
	quoted := false
	for i, c := range start {
		switch {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '\n', c == '\r' && i+1 == len(start), c == '\r' && start[i+1] == '\n':
			return in
		case c == '\r':
			return &loneCR{in: in}
		}
	}
	return in
}

// loneCR turns CR into LF where no LF follows.
type loneCR struct{ in *bufio.Reader }

func (l *loneCR) Read(p []byte) (int, error) {
	n, err := l.in.Read(p)
	for i := range n {
		if p[i] != '\r' || i+1 < n && p[i+1] == '\n' {
			continue
		}
		if i+1 == n {
			if next, _ := l.in.Peek(1); len(next) == 1 && next[0] == '\n' {
				continue
			}
		}
		p[i] = '\n'
	}
	return n, err
}
