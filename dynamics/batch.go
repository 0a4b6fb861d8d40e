package dynamics

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"sort"
	"strings"

	"github.com/google/uuid"
	"github.com/tidwall/gjson"
)

// batchPart is the answer to one operation of a $batch.
type batchPart struct {
	status int
	header http.Header
	body   []byte
}

// saysMissing is true of a row that does not exist where the part gives its status for a code, as
// services of OData other than Dataverse do: within the answer to a $batch no gateway can have
// said so.
func (p batchPart) saysMissing() bool {
	return p.status == http.StatusNotFound && gjson.GetBytes(p.body, "error.code").String() == "404"
}

// postBatch sends rows as operations of one $batch, which goes on after an error. complete is false
// if the answer was cut. A batch whose status is that of a failed operation is a success as long as
// its answer can be read.
// https://learn.microsoft.com/power-apps/developer/data-platform/webapi/execute-batch-operations-using-web-api
func (j *job) postBatch(ctx context.Context, part []int) (parts []batchPart, complete bool, fail *failure) {
	boundary := "batch_" + uuid.NewString()
	header := http.Header{
		"Content-Type": {`multipart/mixed; boundary="` + boundary + `"`},
		"Prefer":       {"odata.continue-on-error"},
	}
	a, fail := j.client.do(ctx, call{
		op: opUpdate + " one by one", method: http.MethodPost, path: "$batch",
		header: header, body: j.batchBody(boundary, part), write: true, rows: len(part),
		want: want{status: http.StatusOK, media: mediaBatch}, sent: &j.sent,
	})
	// The status may be that of a failed operation, and the answer hold what became of all.
	if a == nil || fail != nil && (a.status < http.StatusBadRequest || a.corrupt || mediaType(a.header) != mediaBatch) {
		return nil, false, fail
	}
	parts, err := parseBatch(a.header.Get("Content-Type"), a.body)
	switch {
	case fail != nil && len(parts) == 0:
		return nil, false, fail
	case len(parts) > len(part): // these are not the answers to what was asked
		return nil, false, &failure{Error: j.client.notDynamics(call{op: opUpdate, write: true, want: want{media: mediaBatch}}, a), sent: true}
	}
	return parts, err == nil && a.cut == nil, nil
}

// batchBody writes the operations. Lines end in CRLF, without which Dataverse loses the last
// operation.
func (j *job) batchBody(boundary string, part []int) []byte {
	var b bytes.Buffer
	for _, i := range part {
		b.WriteString("--" + boundary + "\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n")
		b.WriteString("PATCH " + apiPath + "contacts(" + j.rows[i].id + ") HTTP/1.1\r\n")
		b.WriteString("Content-Type: application/json; type=entry\r\nIf-Match: *\r\n")
		b.WriteString(headerLines(j.header(i)))
		b.WriteString("\r\n{")
		b.Write(j.rows[i].json)
		b.WriteString("}\r\n")
	}
	b.WriteString("--" + boundary + "--\r\n")
	return b.Bytes()
}

func headerLines(header http.Header) string {
	var lines []string
	for name, values := range header {
		lines = append(lines, name+": "+strings.Join(values, ",")+"\r\n")
	}
	sort.Strings(lines)
	return strings.Join(lines, "")
}

// parseBatch reads the answers of a $batch in their order. What could be read before an error is
// given, too: a part counts only if it came wholly.
func parseBatch(contentType string, body []byte) ([]batchPart, error) {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil, err
	}
	if params["boundary"] == "" {
		return nil, errors.New("answer to a $batch without a boundary")
	}
	reader := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	var parts []batchPart
	for len(parts) <= MaxRequestSize {
		raw, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) && len(parts) > 0 {
			return parts, nil
		}
		if err != nil {
			return parts, err
		}
		data, err := io.ReadAll(raw)
		if err != nil {
			return parts, err
		}
		part, err := parsePart(data)
		if err != nil {
			return parts, err
		}
		parts = append(parts, part)
	}
	return parts, errors.New("more answers than a $batch may have operations")
}

// parsePart reads one answer: status line, headers, body. The blank line after the headers may be
// missing.
func parsePart(data []byte) (batchPart, error) {
	data = append(bytes.TrimLeft(data, "\r\n"), "\r\n\r\n"...)
	resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(data)), nil)
	if err != nil {
		return batchPart{}, err
	}
	defer resp.Body.Close()
	if resp.StatusCode < http.StatusOK {
		return batchPart{}, errors.New("an answer within a $batch that is none")
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return batchPart{}, err
	}
	return batchPart{resp.StatusCode, resp.Header, bytes.TrimSpace(body)}, nil
}
