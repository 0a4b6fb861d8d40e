package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"audienceflow/workflows/recorded"
)

// album is a folder of histories.
type album struct {
	folder string
	mu     sync.Mutex
	files  map[string][]string // by the name of the path
}

func openAlbum(folder string) (*album, error) {
	if _, err := os.Stat(folder); err != nil {
		return nil, fmt.Errorf("%w: run this in the repository's root, or name a folder with -folder", err)
	}
	found, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, err
	}
	a := &album{folder: folder, files: map[string][]string{}}
	for _, file := range found {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		if path, ok := recorded.Of(name); ok {
			a.files[path.Name] = append(a.files[path.Name], name)
		}
	}
	for _, names := range a.files {
		slices.Sort(names)
	}
	return a, nil
}

func (a *album) has(path string) bool { return len(a.files[path]) > 0 }

func (a *album) list(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for _, path := range recorded.Paths {
		fmt.Fprintf(w, "%s\t%s\t%s\n", path.Workflow, path.Name, strings.Join(a.files[path.Name], " "))
	}
	return w.Flush()
}

// keep writes a history of a path beside those that there are, and gives the file's name and size.
func (a *album) keep(name string, h *history.History) (string, int, error) {
	path, ok := recorded.Of(name)
	if !ok {
		return "", 0, fmt.Errorf("%s is not among recorded.Paths", name)
	}
	if err := path.Check(h); err != nil {
		return "", 0, err
	}
	anonymize(h)
	text, err := compact(h)
	if err != nil {
		return "", 0, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for n := 1; ; n++ {
		file := name + ".json"
		if n > 1 {
			file = fmt.Sprintf("%s-%d.json", name, n)
		}
		out, err := os.OpenFile(filepath.Join(a.folder, file), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if os.IsExist(err) {
			continue
		}
		if err != nil {
			return "", 0, err
		}
		if _, err := out.Write(text); err != nil {
			_ = out.Close() // the write has failed already
			return "", 0, err
		}
		return file, len(text), out.Close()
	}
}

// anonymize takes out what names the machine that the history was recorded on: a worker's own
// queue. A replay does not look at it.
func anonymize(h *history.History) {
	for _, event := range h.GetEvents() {
		queue := event.GetWorkflowTaskScheduledEventAttributes().GetTaskQueue()
		if queue.GetKind() == enums.TASK_QUEUE_KIND_STICKY {
			queue.Name = "sticky"
		}
	}
}

// compact is a history as Temporal's own tools write it, on one line for each event.
func compact(h *history.History) ([]byte, error) {
	var text bytes.Buffer
	text.WriteString(`{"events":[`)
	for i, event := range h.GetEvents() {
		one, err := protojson.Marshal(event)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			text.WriteByte(',')
		}
		text.WriteByte('\n')
		if err := json.Compact(&text, one); err != nil { // protojson puts spaces in at random
			return nil, err
		}
	}
	text.WriteString("\n]}\n")
	return text.Bytes(), nil
}
