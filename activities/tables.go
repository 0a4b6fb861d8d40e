package activities

import (
	"context"
	"sync"
	"time"

	"audienceflow/dynamics"
)

// tableFresh is how long contact's columns are taken for known: they change when somebody customises the table, and a
// run resolves its own ones anew.
const tableFresh = time.Minute

// tables remembers contact's columns for a while, so that the many slices of a validation do not each ask for them.
type tables struct {
	client *dynamics.Client
	mu     sync.Mutex
	table  *dynamics.Table
	read   time.Time
}

func (t *tables) get(ctx context.Context) (*dynamics.Table, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.table != nil && time.Since(t.read) < tableFresh {
		return t.table, nil
	}
	table, err := t.client.Table(ctx)
	if err != nil {
		return nil, err
	}
	t.table, t.read = table, time.Now()
	return table, nil
}
