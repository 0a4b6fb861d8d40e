package activities

import "context"

// DescribeDestinationResult is what a worker knows of a destination that it serves. It holds no secret.
type DescribeDestinationResult struct {
	Destination string `json:"destination"`
	Description string `json:"description,omitempty"`
	// Environment is the host name of the Dynamics 365 environment.
	Environment string `json:"environment"`
	Enabled     bool   `json:"enabled"`
	// DailyRows is the budget of rows in 24 hours; nil where there is none.
	DailyRows *DailyRows `json:"dailyRows,omitempty"`
	// QuietHours are those in which nothing is sent, as they are set; Quiet is set while they last.
	QuietHours string            `json:"quietHours,omitempty"`
	Quiet      *DestinationPause `json:"quiet,omitempty"`
}

// DescribeDestination tells what the worker is set up with. It calls nobody.
func (c *Connection) DescribeDestination(ctx context.Context, in DestinationInput) (DescribeDestinationResult, error) {
	return perform(ctx, nil, in, c.describe)
}

func (c *Connection) describe(ctx context.Context, in DestinationInput) (DescribeDestinationResult, error) {
	d := c.o.Destination
	out := DescribeDestinationResult{Destination: in.Destination, Description: d.Description, Environment: d.Client.Host(), Enabled: !d.Disabled}
	if d.QuietHours != nil {
		out.QuietHours, out.Quiet = d.QuietHours.String(), c.o.quiet()
	}
	budget, err := c.o.dailyRows(ctx, 0)
	out.DailyRows = budget
	return out, err
}
