package chaos

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// control asks a control endpoint of the simulator, past the proxy.
func (p *place) control(method, path string, body any) ([]byte, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, p.url+"/_simulator/"+path, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode >= http.StatusMultipleChoices {
		err = fmt.Errorf("%s %s: %s", method, path, answer)
	}
	return answer, err
}

// columns are the columns that the activations write.
var columns = []string{"acme_vipstatus", "firstname", "acme_goldstatus", "jobtitle", "acme_tempstatus"}

// held are the columns of all contacts, by column and contact.
func (p *place) held() (map[string]map[string]string, error) {
	text, err := p.control(http.MethodGet, "contacts?select=contactid,"+strings.Join(columns, ","), nil)
	if err != nil {
		return nil, err
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		return nil, err
	}
	held := map[string]map[string]string{}
	for i, column := range columns {
		held[column] = map[string]string{}
		for _, row := range rows[1:] {
			held[column][row[0]] = row[i+1]
		}
	}
	return held, nil
}

// written is one contact written, as the simulator keeps it.
type written struct {
	Time    time.Time         `json:"time"`
	Contact string            `json:"contactid"`
	Columns []string          `json:"columns"`
	Headers map[string]string `json:"headers"`
}

// history are all writes since the last reset, in order.
func (p *place) history() ([]written, error) {
	text, err := p.control(http.MethodGet, "writes", nil)
	if err != nil {
		return nil, err
	}
	var all []written
	for decoder := json.NewDecoder(bytes.NewReader(text)); decoder.More(); {
		var one written
		if err := decoder.Decode(&one); err != nil {
			return nil, err
		}
		one.Contact = strings.ToLower(one.Contact)
		all = append(all, one)
	}
	return all, nil
}
