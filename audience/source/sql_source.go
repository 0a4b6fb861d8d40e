package source

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"audienceflow/audience"
	"audienceflow/audience/files"
	"audienceflow/audience/profile"
	"audienceflow/runs"
)

// sqlSource reads the rows of a query for one audience, streamed.
type sqlSource struct {
	title   string
	sql     string
	id      string
	started time.Time
	db      *sql.DB
	tx      *sql.Tx
	rows    *sql.Rows
	decoder profile.Table
	fields  []string
	values  []any
	dates   []bool // columns of dates, which the driver gives as times
	line    int64
	sample  int64 // 0: all rows
	more    bool  // than the sample
}

// openSQL runs the activation's query, in a transaction that can only read.
// Its asOf is the query's start. The same query started again is another
// source: nothing says that it gives the same rows in the same order.
func openSQL(ctx context.Context, a audience.Activation, o Options) (*sqlSource, error) {
	s := &sqlSource{title: "sql on " + a.Source.Connection, sql: a.Source.SQL, sample: o.Sample, started: time.Now().UTC().Truncate(time.Microsecond)}
	if o.DatabaseURL == "" {
		return nil, &audience.SourceError{Cause: audience.CauseMissing, Source: s.title, Message: fmt.Sprintf(
			"the worker on %s has no URL for the connection; set SOURCE_<NAME>_URL in its environment", files.Host())}
	}
	if err := checkDatabaseURL(o.DatabaseURL); err != nil {
		return nil, &audience.SourceError{Cause: audience.CauseFormat, Source: s.title, Message: err.Error()}
	}
	sum := sha256.Sum256([]byte(a.Source.SQL))
	s.id = fmt.Sprintf("sql=%s started=%d", hex.EncodeToString(sum[:]), s.started.UnixMicro())
	if err := s.query(ctx, a, o); err != nil {
		return nil, errors.Join(explain(s.title, err), s.close())
	}
	return s, nil
}

// checkDatabaseURL accepts what the driver knows, without showing the URL.
func checkDatabaseURL(raw string) error {
	parsed, err := url.Parse(raw)
	if err != nil || parsed.Scheme != "postgres" && parsed.Scheme != "postgresql" {
		return errors.New("the connection's URL in the worker's environment must start with postgres://")
	}
	return nil
}

func (s *sqlSource) query(ctx context.Context, a audience.Activation, o Options) error {
	var err error
	if s.db, err = sql.Open("pgx", o.DatabaseURL); err != nil {
		return s.refused(err)
	}
	if s.tx, err = s.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true}); err != nil {
		return s.refused(err)
	}
	//nolint:rowserrcheck // next looks at it, once for each row
	if s.rows, err = s.tx.QueryContext(ctx, a.Source.SQL); err != nil {
		return s.refused(err)
	}
	header, err := s.rows.Columns()
	if err != nil {
		return s.refused(err)
	}
	if s.decoder, err = profile.NewTable(a, header, profile.Reading{Now: o.Now, AsOf: s.started, Seen: o.Seen}); err != nil {
		return err
	}
	s.fields, s.values = make([]string, len(header)), make([]any, len(header))
	s.dates = make([]bool, len(header))
	types, err := s.rows.ColumnTypes()
	if err != nil {
		return s.refused(err)
	}
	for i, t := range types {
		s.values[i], s.dates[i] = new(any), t.DatabaseTypeName() == "DATE"
	}
	return nil
}

// sqlState is a database's own error code, which the driver's errors carry.
type sqlState interface{ SQLState() string }

// refused tells the database's code alone: its text may hold values, and the
// driver's text the URL.
func (s *sqlSource) refused(err error) error {
	e := &audience.SourceError{Cause: audience.CauseRead, Source: s.title}
	var state sqlState
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case !errors.As(err, &state):
		e.Message = fmt.Sprintf("the database cannot be reached from %s; check the connection's URL in the worker's environment and the network", files.Host())
	default:
		e.Cause, e.Message = refusal(state.SQLState())
		e.Detail = s.refusedWords(err)
	}
	return e
}

// refusedWords are the database's own, for people alone, with the place in the
// query that they are about. Who may sign in is nobody's business.
func (s *sqlSource) refusedWords(err error) string {
	var refused *pgconn.PgError
	if !errors.As(err, &refused) || strings.HasPrefix(refused.Code, "28") {
		return ""
	}
	words := "the database says: " + shortened(refused.Message)
	for _, more := range []string{refused.Detail, refused.Hint} {
		if more != "" {
			words += " (" + shortened(more) + ")"
		}
	}
	if refused.Where != "" {
		words += ", in " + shortened(refused.Where)
	}
	query := []rune(s.sql)
	if at := int(refused.Position) - 1; at >= 0 && at < len(query) {
		before := string(query[:at])
		line := strings.LastIndexByte(before, '\n') + 1
		rest, _, _ := strings.Cut(string(query[at:]), "\n")
		words += fmt.Sprintf("; in line %d, column %d of source.sql, at: %s", strings.Count(before, "\n")+1, len([]rune(before[line:]))+1, audience.ShownCell(rest))
	}
	return words
}

func shortened(text string) string {
	words := []rune(text)
	return audience.ShownText(string(words[:min(len(words), maxShownWords)]))
}

// maxShownWords bounds what a database is quoted with.
const maxShownWords = 200

// refusal explains a code by its class (PostgreSQL, appendix A).
func refusal(code string) (audience.Cause, string) {
	class := code
	if len(code) > 2 {
		class = code[:2]
	}
	switch class {
	case "28":
		return audience.CauseForbidden, "the database refuses the sign-in (code " + code + "); check user and password in the connection's URL"
	case "42", "25", "22":
		return audience.CauseFormat, "the database refuses the query (code " + code + "); run it by hand, it must only read, and check names, rights and values"
	case "3D":
		return audience.CauseMissing, "the database does not exist (code " + code + "); check the connection's URL"
	}
	return audience.CauseRead, "the database broke off (code " + code + ")"
}

func (s *sqlSource) next() (audience.Record, error) {
	if !s.rows.Next() {
		if err := s.rows.Err(); err != nil {
			return audience.Record{}, s.refused(err)
		}
		return audience.Record{}, io.EOF
	}
	if s.more = s.sample > 0 && s.line == s.sample; s.more {
		return audience.Record{}, io.EOF
	}
	if err := s.rows.Scan(s.values...); err != nil {
		return audience.Record{}, s.refused(err)
	}
	s.line++
	for i, v := range s.values {
		s.fields[i] = sqlText(*v.(*any), s.dates[i])
		if !utf8.ValidString(s.fields[i]) {
			return audience.Record{Line: s.line, Kind: audience.RecordExcluded, Reason: runs.ReasonUnreadable, Detail: noUTF8}, nil
		}
	}
	record := s.decoder.Read(s.fields, nil)
	record.Line = s.line
	return record, nil
}

// sqlText writes a value as the text that the rules of reading start from.
func sqlText(v any, date bool) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []byte:
		return string(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case time.Time:
		if date {
			return v.Format(time.DateOnly)
		}
		return v.UTC().Format(time.RFC3339Nano)
	}
	return fmt.Sprint(v)
}

func (s *sqlSource) name() string     { return s.title }
func (s *sqlSource) identity() string { return s.id }
func (s *sqlSource) asOf() time.Time  { return s.started }
func (s *sqlSource) size() int64      { return 0 }
func (s *sqlSource) bytesRead() int64 { return 0 }
func (s *sqlSource) sampled() bool    { return s.more }

func (s *sqlSource) at() string { return s.title }

// unchanged always holds: a query reads one snapshot.
func (s *sqlSource) unchanged() error { return nil }

// close ends the query. What was only read needs no clean end, so that rows and
// transaction of a query that broke off have nothing more to say.
func (s *sqlSource) close() error {
	if s.rows != nil {
		_ = s.rows.Close()
	}
	if s.tx != nil {
		_ = s.tx.Rollback()
	}
	if s.db == nil {
		return nil
	}
	return s.db.Close()
}
