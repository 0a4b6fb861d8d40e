package receive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"audienceflow/audience"
	"audienceflow/audience/activation"
	"audienceflow/store/inbox"
)

// lookEvery is how often the folder of activation files is looked at. A look costs a few system
// calls.
const lookEvery = time.Second

// mapping is an activation in force, under the version that the store knows it by.
type mapping struct {
	activation audience.Activation
	version    int64
}

func (m mapping) key() inbox.StreamKey {
	return inbox.StreamKey{Destination: m.activation.Destination, Audience: m.activation.Audience}
}

// activations are the mappings of all files of a folder, by destination.
type activations struct {
	folder  string
	inbox   Inbox
	inForce atomic.Pointer[map[string][]mapping]
	files   map[string]stamp                 // as they were last looked at
	usable  map[string][]audience.Activation // the streams of each file when it could last be used
	told    string                           // the last problem that was logged
}

// stamp tells whether a file has changed.
type stamp struct {
	size     int64
	modified time.Time
}

func loadActivations(ctx context.Context, folder string, box Inbox) (*activations, error) {
	a := &activations{folder: folder, inbox: box}
	files, err := a.look()
	if err != nil {
		return nil, err
	}
	if err := a.load(ctx, files); err != nil {
		return nil, err // at the start, none may be wrong
	}
	return a, nil
}

func (a *activations) of(destination string) []mapping { return (*a.inForce.Load())[destination] }

// watch loads the files anew when one has changed, come or gone. Of a file that cannot be used,
// what it said before stays in force.
func (a *activations) watch(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			a.reload(ctx)
		}
	}
}

func (a *activations) reload(ctx context.Context) {
	files, err := a.look()
	if err == nil {
		if maps.Equal(files, a.files) {
			return
		}
		err = a.load(ctx, files)
	}
	switch {
	case err == nil:
		slog.Info("the activation files are loaded anew", "folder", a.folder, "files", len(files))
		a.told = ""
	case err.Error() != a.told && ctx.Err() == nil:
		a.told = err.Error()
		slog.Error("activation files have changed and cannot be used; what they said before stays in force", "error", err)
	}
}

// look finds the activation files.
func (a *activations) look() (map[string]stamp, error) {
	entries, err := os.ReadDir(a.folder)
	if err != nil {
		return nil, fmt.Errorf("--activations: %w", err)
	}
	files := map[string]stamp{}
	for _, entry := range entries {
		path := filepath.Join(a.folder, entry.Name())
		if ext := filepath.Ext(path); ext != ".yaml" && ext != ".yml" {
			continue
		}
		info, err := os.Stat(path)
		if errors.Is(err, os.ErrNotExist) || err == nil && info.IsDir() {
			continue
		}
		if err != nil {
			return nil, err
		}
		files[path] = stamp{info.Size(), info.ModTime()}
	}
	return files, nil
}

// load puts the files' streams in force. A file that cannot be used costs the others nothing: its
// error is among those returned, and what it said before counts. If the store does not take them,
// all stays as it was, and the next look tries again.
func (a *activations) load(ctx context.Context, files map[string]stamp) error {
	var problems []error
	usable := map[string][]audience.Activation{}
	inForce, from := map[string][]mapping{}, map[inbox.StreamKey]string{}
	for _, path := range slices.Sorted(maps.Keys(files)) {
		list, err := streamsOf(path)
		if err != nil {
			problems = append(problems, err)
			list = a.usable[path]
		}
		usable[path] = list
		for _, activation := range list {
			m := mapping{activation: activation}
			if other, twice := from[m.key()]; twice {
				problems = append(problems, fmt.Errorf("%s and %s both stream audience %s to %s: leave one of them out",
					other, path, activation.Audience, activation.Destination))
				continue
			}
			from[m.key()] = path
			if m.version, err = a.register(ctx, m); err != nil {
				return err
			}
			inForce[activation.Destination] = append(inForce[activation.Destination], m)
		}
	}
	a.inForce.Store(&inForce)
	a.files, a.usable = files, usable
	return errors.Join(problems...)
}

// streamsOf gives the streams of an activation file.
func streamsOf(path string) ([]audience.Activation, error) {
	list, err := activation.Load(path)
	return slices.DeleteFunc(list, func(a audience.Activation) bool { return !a.Source.Stream }), err
}

func (a *activations) register(ctx context.Context, m mapping) (int64, error) {
	text, err := json.Marshal(m.activation)
	if err != nil {
		return 0, err
	}
	return a.inbox.RegisterStream(ctx, m.key(), text)
}
