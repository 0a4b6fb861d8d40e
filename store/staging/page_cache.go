package staging

import "sync"

// cachedPages bounds how many pages a PageCache has, each about as large as its data: two windows
// of batches. An attempt whose page is not there reads it again.
const cachedPages = 32

// PageCache keeps the pages of attempts at batches of this process from one of their transactions
// to the next. Nobody else changes them as long as the attempt has its batch, which every
// transaction makes sure of.
type PageCache struct {
	mu    sync.Mutex
	pages map[Attempt]*Page
}

// Attempt names an attempt at a batch.
type Attempt struct {
	Run     string
	Batch   int
	Attempt int64
}

// Put keeps the page of an attempt.
func (c *PageCache) Put(of Attempt, p *Page) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pages == nil || len(c.pages) >= cachedPages {
		c.pages = map[Attempt]*Page{}
	}
	c.pages[of] = p
}

// Take gives the page of an attempt, nil if it is not there. It is there no longer, so that what a
// transaction that fails has done to it is forgotten.
func (c *PageCache) Take(of Attempt) *Page {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.pages[of]
	delete(c.pages, of)
	return p
}
