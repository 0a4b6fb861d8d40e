package simulator

import (
	"bytes"
	"mime"
	"net/http"
	"net/textproto"
	"strings"
)

// batchPart is one operation of a $batch, or a change set of several.
type batchPart struct {
	contentID string
	method    string
	target    string
	header    http.Header
	body      []byte
	lost      bool // line ends were LF alone, and the service then loses the body
	changeSet []batchPart
	isSet     bool
}

const (
	maxBatch    = 1000
	maxSetDepth = 1 // a batch holds change sets, and those hold operations alone
)

func malformedBatch(reason string) *apiError {
	return badRequest("Error while processing a batch request: %s", reason)
}

// parseBatch reads a multipart body. It is done by hand: http.ReadRequest demands a blank line
// behind headers that real clients leave out, and gives no body to parts without a Content-Length,
// which all real clients leave out.
func parseBatch(contentType string, body []byte) ([]batchPart, *apiError) {
	boundary, ok := boundaryOf(contentType)
	if !ok {
		return nil, malformedBatch("the Content-Type header must be multipart/mixed with a boundary.")
	}
	parts, err := splitParts(body, boundary, 0)
	if err != nil {
		return nil, err
	}
	if len(parts) == 0 {
		return nil, malformedBatch("no part was found between the boundaries.")
	}
	total := 0
	for _, p := range parts {
		total += max(1, len(p.changeSet))
	}
	if total > maxBatch {
		return nil, malformedBatch("the number of operations exceeds the maximum of 1000.")
	}
	return parts, nil
}

func boundaryOf(contentType string) (string, bool) {
	kind, params, err := mime.ParseMediaType(contentType)
	return params["boundary"], err == nil && kind == "multipart/mixed" && params["boundary"] != ""
}

// splitParts cuts at the delimiter lines. What stands before the first is ignored. A part that no
// delimiter ends goes on to the end of the body: Microsoft's reader of batches takes it so, too.
func splitParts(body []byte, boundary string, depth int) ([]batchPart, *apiError) {
	var parts []batchPart
	start := -1
	for pos := 0; pos < len(body); {
		next := len(body)
		if i := bytes.IndexByte(body[pos:], '\n'); i >= 0 {
			next = pos + i + 1
		}
		closing, found := delimiter(body[pos:next], boundary)
		if found {
			if start >= 0 {
				part, err := parsePart(body[start:pos], closing, depth)
				if err != nil {
					return nil, err
				}
				parts = append(parts, part)
			}
			start = next
			if closing {
				return parts, nil
			}
		}
		pos = next
	}
	if start < 0 || len(bytes.TrimSpace(body[start:])) == 0 {
		return parts, nil
	}
	part, err := parsePart(body[start:], true, depth)
	if err != nil {
		return nil, err
	}
	return append(parts, part), nil
}

func delimiter(line []byte, boundary string) (closing, found bool) {
	line = bytes.TrimRight(line, " \t\r\n")
	if !bytes.HasPrefix(line, []byte("--"+boundary)) {
		return false, false
	}
	rest := string(line[len(boundary)+2:])
	return rest == "--", rest == "" || rest == "--"
}

func parsePart(raw []byte, last bool, depth int) (batchPart, *apiError) {
	header, rest := splitHeader(raw)
	kind := header.Get("Content-Type")
	if boundary, isSet := boundaryOf(kind); isSet {
		if depth >= maxSetDepth {
			return batchPart{}, malformedBatch("a change set cannot hold another one.")
		}
		items, err := splitParts(rest, boundary, depth+1)
		return batchPart{isSet: true, changeSet: items}, err
	}
	if !strings.HasPrefix(strings.ToLower(kind), "application/http") {
		return batchPart{}, malformedBatch("a part's Content-Type must be application/http or multipart/mixed.")
	}
	p := batchPart{contentID: header.Get("Content-ID")}
	return p, p.readRequest(rest, last)
}

// splitHeader cuts the header lines off; the blank line behind them may be missing when nothing
// follows.
func splitHeader(raw []byte) (http.Header, []byte) {
	header := http.Header{}
	for len(raw) > 0 {
		line, rest, _ := bytes.Cut(raw, []byte("\n"))
		raw = rest
		text := strings.TrimRight(string(line), "\r")
		if strings.TrimSpace(text) == "" {
			break
		}
		if name, value, found := strings.Cut(text, ":"); found {
			header.Add(textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name)), strings.TrimSpace(value))
		}
	}
	return header, raw
}

// readRequest reads the operation. Its target may hold raw blanks and quotes: it lies between the
// first blank and the last " HTTP/".
func (p *batchPart) readRequest(raw []byte, last bool) *apiError {
	line, rest, _ := bytes.Cut(bytes.TrimLeft(raw, "\r\n"), []byte("\n"))
	request := strings.TrimRight(string(line), "\r")
	method, behind, found := strings.Cut(request, " ")
	end := strings.LastIndex(behind, " HTTP/")
	if !found || end < 0 {
		return malformedBatch("a part's request line is malformed.")
	}
	p.method, p.target = method, strings.TrimSpace(behind[:end])
	p.header, p.body = splitHeader(rest)
	if id := p.header.Get("Content-ID"); id != "" && p.contentID == "" {
		p.contentID = id
	}
	p.lost = last && bodyLost(p.body)
	p.body = bytes.TrimSpace(p.body)
	return nil
}

// bodyLost says whether the service would lose the last part's body: it does when lines end with LF
// alone, unless two extra line ends follow
// (https://learn.microsoft.com/troubleshoot/power-platform/dataverse/web-api-client-errors).
func bodyLost(body []byte) bool {
	const savingLineEnds = 3
	if len(bytes.TrimSpace(body)) == 0 || bytes.HasSuffix(body, []byte("\r\n")) {
		return false
	}
	return len(body)-len(bytes.TrimRight(body, "\r\n")) < savingLineEnds
}
