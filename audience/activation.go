package audience

import (
	"cmp"
	"encoding/json"
	"time"
)

// What happens to the status column of a contact that left the audience.
const (
	OnExitWrite = "write"
	OnExitClear = "clear"
	OnExitKeep  = "keep"
)

// What happens to a value that does not fit its column.
const (
	OnBadValueSkip   = "skip"
	OnBadValueReject = "reject"
)

// What an empty value does to its column.
const (
	WhenEmptySkip  = "skip"
	WhenEmptyClear = "clear"
)

// Source formats.
const (
	FormatAuto    = "auto"
	FormatAEPJSON = "aep-json"
	FormatCSV     = "csv"
	FormatParquet = "parquet"
)

// How a quote is written inside a quoted value of CSV.
const (
	EscapeDoubled    = "doubled"
	EscapeBackslash  = "backslash"
	EscapeApostrophe = "apostrophe"
)

// Encodings of text that are named; auto is UTF-8, or UTF-16 by its mark.
const (
	EncodingUTF8        = "utf-8"
	EncodingUTF16       = "utf-16"
	EncodingWindows1252 = "windows-1252"
)

// Activation is one audience of an activation file, defaults applied. It
// holds no secrets and may travel through workflow histories.
type Activation struct {
	// Destination names the Dynamics environment.
	Destination string `json:"destination"`
	// Audience is the audience's id in the source.
	Audience string `json:"audience"`
	// Namespace of the audience; "ups" unless given.
	Namespace string `json:"namespace"`
	// MappingID names the status column, with or without prefix, in any case.
	MappingID  string    `json:"mappingId"`
	Source     Source    `json:"source"`
	Mapping    []Mapping `json:"mapping,omitempty"`
	OnExit     string    `json:"onExit"`
	Statuses   Statuses  `json:"statuses"`
	OnBadValue string    `json:"onBadValue"`
	Guard      Guard     `json:"guard"`
	// Alerts are those who are told of trouble, or of what they ask for.
	Alerts []Alert `json:"alerts,omitempty"`
	// ExpectEvery is how long there may be no run before that counts as
	// trouble; 0 for any time.
	ExpectEvery time.Duration `json:"expectEvery,omitempty"`
	// RequireConsent is a path or column; anything there but "y" is an exit.
	RequireConsent string `json:"requireConsent,omitempty"`
	// Tolerance is the share of contacts (0 to 1) that may differ before
	// validation says mismatch.
	Tolerance   float64 `json:"tolerance"`
	Name        string  `json:"name,omitempty"`
	Description string  `json:"description,omitempty"`
	// Folder is the absolute path of the activation file's folder.
	Folder string `json:"folder,omitempty"`
}

// Source says where profiles come from: exactly one of URL, SQL and Stream.
type Source struct {
	// URL is an absolute path, or an s3, azblob or gs URL.
	URL string `json:"url,omitempty"`
	// Format is auto, aep-json, csv or parquet.
	Format string `json:"format,omitempty"`
	// Delimiter separates the columns of CSV; empty: told by the header.
	Delimiter string `json:"delimiter,omitempty"`
	// Escape is how CSV writes a quote inside a quoted value; empty: told by the file.
	Escape string `json:"escape,omitempty"`
	// Encoding of text; empty: UTF-8, or UTF-16 by its mark.
	Encoding string `json:"encoding,omitempty"`
	// NullText are the cells of CSV without quotes that are empty, in any case;
	// nil: "null", which then never clears a column.
	NullText []string `json:"nullText,omitzero"`
	// TimeFormat is a layout of Go's package time, for times in no form of ISO 8601.
	TimeFormat string `json:"timeFormat,omitempty"`
	// TimeZone is where times without an offset are; empty: UTC.
	TimeZone string `json:"timeZone,omitempty"`
	// ContactID is an identity namespace or path; a column name in tables.
	ContactID string `json:"contactId"`
	// Status is the column (or path) of the status word.
	Status string `json:"status,omitempty"`
	// ConstantStatus gives every record this status.
	ConstantStatus Status `json:"constantStatus,omitempty"`
	// LastQualificationTime is the column (or path) of the time.
	LastQualificationTime string `json:"lastQualificationTime,omitempty"`
	// Complete says that contacts absent from the source have exited.
	Complete bool `json:"complete,omitempty"`
	// SQL is a query; Connection names the database it runs on.
	SQL        string `json:"sql,omitempty"`
	Connection string `json:"connection,omitempty"`
	// AllowEmpty says that the source may mention no member of the audience, and
	// no record have a mapped path.
	AllowEmpty bool `json:"allowEmpty,omitempty"`
	// Stream says that profiles are received over HTTP.
	Stream bool `json:"stream,omitempty"`
	// MicroBatch bounds what a stream sends at a time.
	MicroBatch MicroBatch `json:"microBatch,omitzero"`
}

// MicroBatch bounds what a stream sends at a time: it waits for Profiles, but no longer than the
// oldest of them is of an Age. What is zero is as usual.
type MicroBatch struct {
	Profiles int64         `json:"profiles,omitempty"`
	Age      time.Duration `json:"age,omitempty"`
}

// The usual micro-batch, whose size is the greatest one, and the greatest age.
const (
	MaxMicroBatch    = 200_000
	UsualMicroAge    = 100 * time.Millisecond
	MaxMicroBatchAge = 5 * time.Minute
)

// Usual fills in what is not set.
func (m MicroBatch) Usual() MicroBatch {
	return MicroBatch{Profiles: cmp.Or(m.Profiles, MaxMicroBatch), Age: cmp.Or(m.Age, UsualMicroAge)}
}

// BucketSchemes are the storage services that a source may stand in.
var BucketSchemes = []string{"s3", "azblob", "gs"}

// Mapping copies one value of the profile to one column.
type Mapping struct {
	Source    string `json:"source"`
	Target    string `json:"target"`
	WhenEmpty string `json:"whenEmpty"`
}

// Statuses are the words written to the status column.
type Statuses struct {
	Realized string `json:"realized"`
	Exited   string `json:"exited"`
}

// Guard holds the shares (0 to 1) above which a run stops for a person.
type Guard struct {
	MaxExitShare      float64 `json:"maxExitShare"`
	MaxFailedShare    float64 `json:"maxFailedShare"`
	MaxOverwriteShare float64 `json:"maxOverwriteShare"`
	MaxExcludedShare  float64 `json:"maxExcludedShare"`
	// MaxRepairShare is of the contacts read back, for repairs that nobody asked for by hand.
	MaxRepairShare float64 `json:"maxRepairShare"`
}

// DefaultGuard is that of an activation file that says nothing.
var DefaultGuard = Guard{MaxExitShare: 0.5, MaxFailedShare: 0.01, MaxOverwriteShare: 0.5, MaxExcludedShare: 0.1, MaxRepairShare: 0.01}

// UnmarshalJSON reads a guard. What was written before MaxExcludedShare or MaxRepairShare was known
// judges nothing by it.
func (g *Guard) UnmarshalJSON(text []byte) error {
	type plain Guard
	read := plain{MaxExcludedShare: 1, MaxRepairShare: 1}
	err := json.Unmarshal(text, &read)
	*g = Guard(read)
	return err
}
