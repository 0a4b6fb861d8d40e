package terminal

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"audienceflow/safetext"
)

// Printf prints. The format is ours; the words put into it stay on their line.
func Printf(out io.Writer, format string, args ...any) { fmt.Fprintf(out, format, shown(args)...) }

func shown(args []any) []any {
	words := make([]any, len(args))
	for i, arg := range args {
		switch word := arg.(type) {
		case string:
			words[i] = safetext.Line(word)
		case error:
			words[i] = safetext.Lines(word.Error())
		case fmt.Stringer:
			words[i] = safetext.Line(word.String())
		default:
			words[i] = arg
		}
	}
	return words
}

// File is the terminal that a reader or writer is; nil where it is none.
func File(stream any) *os.File {
	if f, ok := stream.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return f
	}
	return nil
}
