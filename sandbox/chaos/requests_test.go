package chaos

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
)

// Classes of requests to Dynamics: faults are aimed at one of them.
const (
	classToken    = "token"
	classWhoAmI   = "whoami"
	classMetadata = "metadata"
	classRights   = "privileges"
	classCount    = "count"
	classRead     = "read"
	classUpdate   = "update"
	classBatch    = "batch"
	classPatch    = "patch"
)

// classes are all of them but those that are seldom seen: an update of single rows needs a refused
// one first.
var classes = []string{classToken, classWhoAmI, classMetadata, classRights, classCount, classRead, classUpdate}

// classOf tells what a request is about.
func classOf(r *http.Request) string {
	target := r.URL.Path + "?" + r.URL.RawQuery
	has := func(text string) bool { return strings.Contains(target, text) }
	switch {
	case has("/oauth2/"):
		return classToken
	case has("WhoAmI"):
		return classWhoAmI
	case has("EntityDefinitions"), has("GlobalOptionSet"), has("$metadata"):
		return classMetadata
	case has("$batch"):
		return classBatch
	case has("UpdateMultiple"):
		return classUpdate
	case r.Method == http.MethodPatch:
		return classPatch
	case has("apply="), has("$count"), has("RecordCount"):
		return classCount
	case r.Method == http.MethodGet && has("/contacts"):
		return classRead
	}
	return classRights
}

// writes reports whether requests of a class change contacts.
func writes(class string) bool {
	return class == classUpdate || class == classBatch || class == classPatch
}

// requestID is the header that names a request; the simulator keeps it with what the request wrote.
const requestID = "x-ms-client-request-id"

// rowsOf are the contacts that a request is to write, with the values of their columns; nil stands
// for an empty one.
func rowsOf(class, path string, body []byte) map[string]map[string]any {
	rows := map[string]map[string]any{}
	switch class {
	case classUpdate:
		var message struct{ Targets []map[string]any }
		if json.Unmarshal(body, &message) == nil {
			for _, row := range message.Targets {
				id, _ := row["contactid"].(string)
				rows[strings.ToLower(id)] = columnsOf(row)
			}
		}
	case classPatch:
		var row map[string]any
		if id := patched.FindStringSubmatch(path); id != nil && json.Unmarshal(body, &row) == nil {
			rows[strings.ToLower(id[1])] = columnsOf(row)
		}
	case classBatch:
		for part := range bytes.SplitSeq(body, []byte("PATCH ")) {
			id, from := patched.FindSubmatch(part), bytes.Index(part, []byte("\r\n\r\n{"))
			var row map[string]any
			if id != nil && from >= 0 && json.NewDecoder(bytes.NewReader(part[from:])).Decode(&row) == nil {
				rows[strings.ToLower(string(id[1]))] = columnsOf(row)
			}
		}
	}
	return rows
}

var patched = regexp.MustCompile(`contacts\(([0-9a-fA-F-]{36})\)`)

func columnsOf(row map[string]any) map[string]any {
	delete(row, "@odata.type")
	delete(row, "contactid")
	return row
}

// named puts the request's id into each operation of a $batch: the simulator keeps an operation's
// own headers.
func named(body []byte, id string) []byte {
	const header = "If-Match: *\r\n"
	return bytes.ReplaceAll(body, []byte(header), []byte(header+requestID+": "+id+"\r\n"))
}
