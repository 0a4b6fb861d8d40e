package dynamics

// Type is what a column holds, as far as reading and writing it differ.
type Type string

// The types of column that can be read and written. TypeOther is everything else
// (files, images, party lists, owners without a navigation property, ...).
const (
	TypeString   Type = "string"
	TypeMemo     Type = "memo"
	TypeInteger  Type = "integer"
	TypeBigInt   Type = "bigint"
	TypeDecimal  Type = "decimal"
	TypeDouble   Type = "double"
	TypeMoney    Type = "money"
	TypeBoolean  Type = "boolean"
	TypeDate     Type = "date"     // DateTimeBehavior DateOnly: Edm.Date
	TypeDateTime Type = "datetime" // UserLocal and TimeZoneIndependent: Edm.DateTimeOffset
	TypeChoice   Type = "choice"   // Picklist, State and Status
	TypeChoices  Type = "choices"  // MultiSelectPicklist
	TypeLookup   Type = "lookup"
	TypeGUID     Type = "guid"
	TypeOther    Type = "other"
)

// Column is one column of contact: what it is called, what it may hold, and how it
// is written. It holds no secrets and travels as JSON.
// https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query-metadata-web-api
type Column struct {
	LogicalName string `json:"logicalName"`
	SchemaName  string `json:"schemaName,omitempty"`
	DisplayName string `json:"displayName,omitempty"`
	Type        Type   `json:"type"`
	// MaxLength is in UTF-16 code units; 0 means that none is known.
	MaxLength int `json:"maxLength,omitempty"`
	// Min and Max bound numbers, inclusively; nil means that no bound is known.
	Min *float64 `json:"min,omitempty"`
	Max *float64 `json:"max,omitempty"`
	// Precision is the number of digits kept behind the point.
	Precision int `json:"precision,omitempty"`
	// Options are those of a choice, or the two of a boolean.
	Options []Option `json:"options,omitempty"`
	// Lookup says how a lookup is written; a column that could point to several tables has been
	// narrowed to one of them by the name it was asked by (parentcustomerid_account).
	Lookup *Lookup `json:"lookup,omitempty"`
	// Custom is true for columns that do not belong to Microsoft's own contact.
	Custom bool `json:"custom,omitempty"`
	// Secured is true where column security applies: a role alone does not allow to write it.
	Secured bool `json:"secured,omitempty"`
}

// Option is one option of a choice: its number and its labels in all languages.
type Option struct {
	Value  int      `json:"value"`
	Labels []string `json:"labels,omitempty"`
}

// Lookup is where a lookup column points to and the navigation property by which it is written.
type Lookup struct {
	Table      string `json:"table"`
	EntitySet  string `json:"entitySet"`
	Navigation string `json:"navigation"`
}
