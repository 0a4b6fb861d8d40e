package simulator

import (
	"strconv"
	"sync"
	"time"
)

// historyLength is how many writes are kept, the last ones.
const historyLength = 100000

// write is one row written by a client.
type write struct {
	at      time.Time
	id      guid
	columns []string
	kind    string
	headers map[string]string
}

// history is a ring of the last writes.
type history struct {
	mu   sync.Mutex
	ring []write
	next int
}

func (h *history) add(writes []write) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, w := range writes {
		if len(h.ring) < historyLength {
			h.ring = append(h.ring, w)
			continue
		}
		h.ring[h.next] = w
		h.next = (h.next + 1) % historyLength
	}
}

func (h *history) clear() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ring, h.next = nil, 0
}

// appendTo writes the history as NDJSON, the oldest first.
func (h *history) appendTo(b []byte) []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range h.ring {
		b = h.ring[(h.next+i)%len(h.ring)].appendTo(b)
	}
	return b
}

func (w write) appendTo(b []byte) []byte {
	b = append(b, `{"time":"`...)
	b = w.at.UTC().AppendFormat(b, time.RFC3339Nano)
	b = append(b, `","contactid":"`...)
	b = w.id.append(b)
	b = append(b, `","columns":`...)
	b = appendAny(b, w.columns)
	b = append(b, `,"kind":`...)
	b = strconv.AppendQuote(b, w.kind)
	b = append(b, `,"headers":`...)
	b = appendAny(b, w.headers)
	return append(b, '}', '\n')
}
