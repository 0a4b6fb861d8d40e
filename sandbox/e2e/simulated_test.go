package e2e

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
)

// control asks a control endpoint of the simulator.
func (w *world) control(method, path string, body any) []byte {
	w.t.Helper()
	text, err := json.Marshal(body)
	require.NoError(w.t, err)
	request, err := http.NewRequestWithContext(w.t.Context(), method, w.dynamics.URL+"/_simulator/"+path, bytes.NewReader(text))
	require.NoError(w.t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(w.t, err)
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	require.NoError(w.t, err)
	require.Less(w.t, response.StatusCode, http.StatusMultipleChoices, string(answer))
	return answer
}

// contacts are the ids of all contacts.
func (w *world) contacts() []string {
	return strings.Fields(string(w.control(http.MethodGet, "contacts", nil)))
}

// column is a column of all contacts, by contact id.
func (w *world) column(name string) map[string]string {
	w.t.Helper()
	text := w.control(http.MethodGet, "contacts?select=contactid,"+name, nil)
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	require.NoError(w.t, err)
	values := make(map[string]string, len(rows))
	for _, row := range rows[1:] {
		values[row[0]] = row[1]
	}
	return values
}

// change changes contacts behind the product's back.
func (w *world) change(changes ...map[string]any) { w.control(http.MethodPost, "contacts", changes) }

// write is one contact written, with the columns that its request named.
type write struct {
	Contact string   `json:"contactid"`
	Columns []string `json:"columns"`
}

// written are all writes, in order.
func (w *world) written() []write {
	w.t.Helper()
	var all []write
	decoder := json.NewDecoder(bytes.NewReader(w.control(http.MethodGet, "writes", nil)))
	for decoder.More() {
		var one write
		require.NoError(w.t, decoder.Decode(&one))
		one.Contact = strings.ToLower(one.Contact)
		all = append(all, one)
	}
	return all
}

// writes are the contacts written, in order, once for each write.
func (w *world) writes() []string {
	w.t.Helper()
	var contacts []string
	for _, one := range w.written() {
		contacts = append(contacts, one.Contact)
	}
	return contacts
}

// rowsWritten is what the simulator itself counts.
func (w *world) rowsWritten() int {
	w.t.Helper()
	var stats struct {
		RowsWritten int `json:"rowsWritten"`
	}
	require.NoError(w.t, json.Unmarshal(w.control(http.MethodGet, "stats", nil), &stats))
	return stats.RowsWritten
}

// slow gives each request of the Web API a service time.
func (w *world) slow(milliseconds float64) {
	w.t.Helper()
	limits := w.dynamics.Server.Limits()
	limits.LatencyMilliseconds = milliseconds
	require.NoError(w.t, w.dynamics.Server.SetLimits(limits))
}

// fault makes some requests go wrong.
func (w *world) fault(f simulator.Fault) { require.NoError(w.t, w.dynamics.Server.AddFault(f)) }

// profiles writes an audience file: the contacts with their statuses, all qualified at one time.
func (w *world) profiles(name, time string, status func(i int) string, contacts []string) string {
	w.t.Helper()
	var text strings.Builder
	for i, contact := range contacts {
		fmt.Fprintf(&text, `{"person":{"name":{"firstName":"First %d"}},"identityMap":{"contactId":[{"id":%q}]},`+
			`"segmentMembership":{"ups":{"vip":{"status":%q,"lastQualificationTime":%q}}}}`+"\n", i, contact, status(i), time)
	}
	w.write(name, text.String())
	return name
}

// oneInFour is the status of contacts of which every fourth has left.
func oneInFour(i int) string {
	if i%4 == 3 {
		return "exited"
	}
	return "realized"
}
