package numbers

import "context"

// GuardNumbers are what the guards judge by.
type GuardNumbers struct {
	ToSend     int64 `json:"toSend"`     // rows pending, after planning
	Exits      int64 `json:"exits"`      // of ToSend: exits
	Turning    int64 `json:"turning"`    // of Exits: contacts realized by the ledger
	Realized   int64 `json:"realized"`   // contacts now realized by the ledger
	Overwrites int64 `json:"overwrites"` // of ToSend: the status column holds a word that is not ours
}

// Guard gives the numbers that guards judge by, of a planned run that writes to a status column; the
// sum of rows to send includes those sent so far.
func (c *Counter) Guard(ctx context.Context, run, destination, column string) (GuardNumbers, error) {
	g, err := c.StreamRisk(ctx, run)
	if err != nil {
		return g, err
	}
	exported, err := c.ledger.CountExported(ctx, destination, column)
	if err != nil {
		return g, err
	}
	for _, count := range exported {
		if !count.Exited {
			g.Realized += count.Contacts
		}
	}
	return g, nil
}

// StreamRisk gives those of them that need no look at the whole ledger: what a micro-batch is
// judged by.
func (c *Counter) StreamRisk(ctx context.Context, run string) (GuardNumbers, error) {
	sum, err := c.rows.Sum(ctx, run)
	return GuardNumbers{
		ToSend: sum.ToSend, Exits: sum.Exits, Turning: sum.Turning, Overwrites: sum.Overwrites,
	}, err
}
