package mapping

import (
	"strings"

	"audienceflow/audience"
	"audienceflow/dynamics"
)

// Fields are an activation's mapped fields, with the columns that they go to, one for each and in
// the same order.
type Fields struct {
	Mapping []audience.Mapping
	Columns []dynamics.Column
	// Reject says that a value that does not fit rejects its row, instead of being left out.
	Reject bool
}

// byName are the columns by each of the names that a person may call them.
func (f Fields) byName() map[string]dynamics.Column {
	names := map[string]dynamics.Column{}
	for i, m := range f.Mapping {
		column := f.Columns[i]
		for _, name := range []string{m.Source, m.Target, column.LogicalName, column.SchemaName, column.DisplayName} {
			names[strings.ToLower(name)] = column
		}
	}
	return names
}
