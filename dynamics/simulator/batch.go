package simulator

import (
	"net/http"
	"strconv"
	"strings"
)

// batchRun executes the parts of a $batch in their order and writes the answers
// (https://learn.microsoft.com/power-apps/developer/data-platform/webapi/execute-batch-operations-using-web-api).
type batchRun struct {
	outer    *call
	boundary string
	out      []byte
	status   int
}

func (c *call) batch() (*reply, *apiError) {
	c.kind = "batch"
	if c.method != http.MethodPost {
		return nil, wrongMethod(c.method)
	}
	parts, err := parseBatch(c.header.Get("Content-Type"), c.body)
	if err != nil {
		return nil, err
	}
	for i := range parts {
		if err := c.withinService(&parts[i]); err != nil {
			return nil, err
		}
	}
	run := &batchRun{outer: c, boundary: "batchresponse_" + newGUID().String(), status: http.StatusOK}
	for i := range parts {
		if status := run.part(&parts[i]); status >= http.StatusBadRequest && !c.prefer.continueOn {
			run.status = status
			break
		}
	}
	run.out = append(run.out, "--"+run.boundary+"--\r\n"...)
	r := &reply{status: run.status, body: run.out}
	return r.with("Content-Type", "multipart/mixed; boundary="+run.boundary).with("OData-Version", "4.0"), nil
}

// withinService refuses the batch for a part that asks another service: the whole of it, since its
// reader stops there.
func (c *call) withinService(p *batchPart) *apiError {
	for i := range p.changeSet {
		if err := c.withinService(&p.changeSet[i]); err != nil {
			return err
		}
	}
	if base := c.root + "/api/data/"; strings.Contains(p.target, "://") && !strings.HasPrefix(strings.ToLower(p.target), strings.ToLower(base)) {
		return badRequest("The URI '%s' is not valid because it is not based on '%s'.", p.target, c.api())
	}
	return nil
}

// part executes one part, writes its answer and gives its status.
func (b *batchRun) part(p *batchPart) int {
	b.out = append(b.out, "--"+b.boundary+"\r\n"...)
	if p.isSet {
		return b.changeSet(p.changeSet)
	}
	r := b.operation(p, nil, nil)
	b.out = appendOperation(b.out, "", r)
	return r.status
}

// operation executes one operation, inside a transaction when it belongs to a change set.
func (b *batchRun) operation(p *batchPart, x *tx, refs map[string]string) *reply {
	outer := b.outer
	c := &call{
		server: outer.server, method: p.method, root: outer.root, version: outer.version, header: p.header, body: p.body,
		app: outer.app, inBatch: true, refs: refs, tx: x, visit: outer.visit, prefer: parsePrefer(p.header),
	}
	if x != nil {
		c.visit = nil // the whole set was accounted for before its lock was taken
	}
	if err := b.aim(c, p); err != nil {
		return c.failed(err)
	}
	r := c.dispatch()
	outer.rows += c.rows
	return r
}

func (b *batchRun) aim(c *call, p *batchPart) *apiError {
	target, err := p.resolveTarget(c.refs)
	if err != nil {
		return err
	}
	if !c.aim(pathOf(target)) && !c.aim("/api/data/"+b.outer.version+"/"+target) {
		return noResource(c.root, target)
	}
	switch {
	case strings.HasPrefix(c.path, "$batch"):
		return malformedBatch("a batch cannot hold another one.")
	case c.tx != nil && c.method == http.MethodGet:
		return badRequest("An invalid HTTP method '%s' was detected for a request in a change set. Requests in change sets only support the HTTP methods 'POST', 'PUT', 'DELETE', and 'PATCH'.", c.method)
	case p.lost:
		return noStream(strings.SplitN(c.path, "(", 2)[0])
	}
	return nil
}

// pathOf cuts scheme and host off an absolute URL.
func pathOf(target string) string {
	if _, behind, found := strings.Cut(target, "://"); found {
		if slash := strings.IndexByte(behind, '/'); slash >= 0 {
			return behind[slash:]
		}
	}
	return target
}

// resolveTarget replaces a leading $1 by the address of what the part with that Content-ID made.
func (p *batchPart) resolveTarget(refs map[string]string) (string, *apiError) {
	if !strings.HasPrefix(p.target, "$") || strings.HasPrefix(p.target, "$batch") || strings.HasPrefix(p.target, "$metadata") {
		return p.target, nil
	}
	id, rest, more := strings.Cut(p.target[1:], "/")
	made, ok := refs[id]
	if !ok {
		return "", badRequest("Content-ID Reference: '$%s' does not exist in the batch context.", id)
	}
	if more {
		return made + "/" + rest, nil
	}
	return made, nil
}

// changeSet executes operations atomically. When one fails the answer holds that one alone.
func (b *batchRun) changeSet(items []batchPart) int {
	boundary := "changesetresponse_" + newGUID().String()
	b.out = append(b.out, "Content-Type: multipart/mixed; boundary="+boundary+"\r\n\r\n"...)
	b.outer.work(len(items))
	x := b.outer.server.db.begin(origin{}, true)
	refs := map[string]string{}
	var out []byte
	for i := range items {
		r := b.operation(&items[i], x, refs)
		answer := appendOperation([]byte("--"+boundary+"\r\n"), items[i].contentID, r)
		if r.status >= http.StatusBadRequest {
			x.rollback()
			b.closeSet(boundary, answer)
			return r.status
		}
		out = append(out, answer...)
		if made := r.get("OData-EntityId"); made != "" && items[i].contentID != "" {
			refs[items[i].contentID] = made
		}
	}
	rows, err := x.commit()
	b.outer.rows += rows
	if err != nil {
		r := b.outer.failed(fail(http.StatusInternalServerError, codeUnexpected, "%s", err))
		b.closeSet(boundary, appendOperation([]byte("--"+boundary+"\r\n"), "", r))
		return r.status
	}
	b.closeSet(boundary, out)
	return http.StatusOK
}

func (b *batchRun) closeSet(boundary string, out []byte) {
	b.out = append(b.out, out...)
	b.out = append(b.out, "--"+boundary+"--\r\n"...)
}

func (r *reply) get(name string) string {
	for _, h := range r.header {
		if h[0] == name {
			return h[1]
		}
	}
	return ""
}

// appendOperation writes one answer. The delimiter that follows it brings the CRLF which ends the
// body.
func appendOperation(b []byte, contentID string, r *reply) []byte {
	b = append(b, "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"...)
	if contentID != "" {
		b = append(b, "Content-ID: "+contentID+"\r\n"...)
	}
	b = append(b, "\r\nHTTP/1.1 "...)
	b = append(b, statusLine(r.status)...)
	b = append(b, "\r\n"...)
	for _, h := range r.header {
		b = append(b, h[0]+": "+h[1]+"\r\n"...)
	}
	b = append(b, "\r\n"...)
	b = append(b, r.body...)
	return append(b, "\r\n"...)
}

func statusLine(status int) string {
	return strconv.Itoa(status) + " " + http.StatusText(status)
}
