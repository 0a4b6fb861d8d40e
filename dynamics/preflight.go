package dynamics

// PreflightInput is what an activation is going to do.
type PreflightInput struct {
	// MappingID names the status column, with or without the Customization Prefix; empty leaves it
	// out.
	MappingID string
	// Words are those that will be written to the status column.
	Words []string
	// Targets are the mapped columns, by logical, schema or display name.
	Targets []string
}

// Step is one thing that was checked.
type Step struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail,omitempty"`
	Fix    string `json:"fix,omitempty"`
	// Skipped is true where an earlier failure made the check impossible.
	Skipped bool `json:"skipped,omitempty"`
}

// PreflightResult holds every step's verdict and the columns that were found.
type PreflightResult struct {
	Steps          []Step   `json:"steps"`
	StatusColumn   *Column  `json:"statusColumn,omitempty"`
	Columns        []Column `json:"columns,omitempty"` // one per target, in their order, if all were found
	UserID         string   `json:"userId,omitempty"`
	OrganizationID string   `json:"organizationId,omitempty"`
	UpdateMultiple bool     `json:"updateMultiple"`
}

// OK is true if every step passed.
func (r PreflightResult) OK() bool {
	for _, s := range r.Steps {
		if !s.OK {
			return false
		}
	}
	return len(r.Steps) > 0
}
