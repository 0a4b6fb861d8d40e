package dynamics

// Equals gives the OData condition that a text column holds a word, compared without case as
// Dynamics does, for ScanContacts.
// https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/filter-rows
func (c Column) Equals(word string) string { return c.property() + " eq " + literal(word) }

// NotNull gives the OData condition that a column holds any value, for ScanContacts.
func (c Column) NotNull() string { return c.property() + " ne null" }
