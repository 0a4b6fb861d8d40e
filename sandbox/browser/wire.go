package browser

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// wire carries commands to the browser and its answers back: JSON, ended by a zero byte.
type wire struct {
	mu      sync.Mutex
	out     io.Writer
	last    int
	waiting map[int]chan answer
	gone    chan struct{}
}

type answer struct {
	ID     int             `json:"id"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error"`
}

func newWire(out io.Writer, in io.Reader) *wire {
	w := &wire{out: out, waiting: map[int]chan answer{}, gone: make(chan struct{})}
	go w.read(in)
	return w
}

// read hands answers to those who wait for them; events are nobody's concern.
func (w *wire) read(in io.Reader) {
	defer close(w.gone)
	buffered := bufio.NewReader(in)
	for {
		text, err := buffered.ReadBytes(0)
		if err != nil {
			return
		}
		var a answer
		if json.Unmarshal(text[:len(text)-1], &a) != nil || a.ID == 0 {
			continue
		}
		w.mu.Lock()
		waiting := w.waiting[a.ID]
		delete(w.waiting, a.ID)
		w.mu.Unlock()
		if waiting != nil {
			waiting <- a
		}
	}
}

// call gives a command, to a page by its session or to the browser itself, and reads its result.
func (w *wire) call(ctx context.Context, session, method string, params, result any) error {
	answered, err := w.send(session, method, params)
	if err != nil {
		return fmt.Errorf("browser: %s: %w", method, err)
	}
	select {
	case a := <-answered:
		if a.Error != nil {
			return fmt.Errorf("browser: %s: %s", method, a.Error.Message)
		}
		if result == nil {
			return nil
		}
		return json.Unmarshal(a.Result, result)
	case <-w.gone:
		return errors.New("browser: it has ended")
	case <-ctx.Done():
		return fmt.Errorf("browser: %s: %w", method, ctx.Err())
	}
}

func (w *wire) send(session, method string, params any) (<-chan answer, error) {
	if params == nil {
		params = struct{}{}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last++
	text, err := json.Marshal(struct {
		ID      int    `json:"id"`
		Session string `json:"sessionId,omitempty"`
		Method  string `json:"method"`
		Params  any    `json:"params"`
	}{w.last, session, method, params})
	if err != nil {
		return nil, err
	}
	answered := make(chan answer, 1)
	w.waiting[w.last] = answered
	_, err = w.out.Write(append(text, 0))
	return answered, err
}
