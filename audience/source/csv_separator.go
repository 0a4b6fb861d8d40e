package source

// separators are tried in this order where the header has no comma: what
// spreadsheets write in countries with a decimal comma, and other exporters.
var separators = []byte{';', '\t', '|'}

// separatorOf tells what separates the columns of a header line.
func separatorOf(line string) byte {
	if outsideQuotes(line, ',') {
		return ','
	}
	for _, s := range separators {
		if outsideQuotes(line, s) {
			return s
		}
	}
	return ','
}

func outsideQuotes(line string, c byte) bool {
	quoted := false
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '"':
			quoted = !quoted
		case c:
			if !quoted {
				return true
			}
		}
	}
	return false
}
