package source

import (
	"bufio"
	"errors"
	"io"
	"unicode/utf8"

	"audienceflow/audience"
)

// mistaken reads Windows-1252, and stops where the text is UTF-8 for sure: it
// would be written as Ã¼ where an ü stands, and be proven to have arrived so.
type mistaken struct {
	whole, stray int // characters that are UTF-8, and bytes that are not
	within       int // bytes that are left of a character
}

// enoughUTF8 characters, and no stray byte before them, are no accident.
const enoughUTF8 = 8

const mistakenUTF8 = "source.encoding says windows-1252, and the file is UTF-8: an ü would be written as Ã¼; leave source.encoding out"

func (m *mistaken) decode(in *bufio.Reader, text []byte) ([]byte, error) {
	if m.within > 0 {
		m.within--
	} else if start, _ := in.Peek(1); len(start) == 1 && start[0] >= utf8.RuneSelf { // an error comes again
		start, _ = in.Peek(utf8.UTFMax)
		if r, size := utf8.DecodeRune(start); r == utf8.RuneError {
			m.stray++
		} else {
			m.whole++
			m.within = size - 1
		}
	}
	text, err := fromWindows1252(in, text)
	if m.stray == 0 && (m.whole >= enoughUTF8 || m.whole > 0 && errors.Is(err, io.EOF)) {
		return text, &audience.SourceError{Cause: audience.CauseFormat, Message: mistakenUTF8}
	}
	return text, err
}
