package simulator

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Options says what a simulator holds and how it behaves. The zero value, completed by New, is an
// empty environment with the limits of the real service.
type Options struct {
	// Contacts generates that many contacts; ContactsFrom reads them from a CSV file instead, whose
	// header holds logical names; an empty cell is null.
	Contacts     int
	ContactsFrom string
	// DataDir keeps contacts across restarts, also after a kill. When it holds contacts they are
	// used as they are.
	DataDir string
	Seed    int64
	// Prefix is the publisher's customization prefix; a column of Columns without a prefix gets it.
	Prefix string
	// Columns adds custom columns, NAME:TYPE[:LENGTH] each; the schema name keeps the case given.
	Columns []string
	// Keys adds alternate keys to contact: logical names, joined by commas, one key each.
	Keys []string
	// Secured names columns of contact that column security keeps from the application user: they
	// read as null, and writing them is refused.
	Secured []string
	// Deny takes privileges away from the application user, such as prvWriteContact.
	Deny []string

	TenantID, ClientID, ClientSecret string
	// Clients are further applications, ID:SECRET each: every one is another application user, whose
	// limits are its own. Deny takes "ID:PRIVILEGE" for one of them.
	Clients []string
	// Certificate (PEM) is what a client assertion must be signed with; without it every assertion
	// is refused.
	Certificate []byte
	// Federated is a federated credential, ISSUER,SUBJECT, of every application: client assertions
	// are another issuer's tokens then.
	Federated string
	// TokenLifetime is how long a token is good for: 3599 s unless set.
	TokenLifetime time.Duration

	// NoLimits switches the service protection limits off.
	NoLimits bool
	// Latency is the service time of a Web API request, RowLatency is added for each row written.
	// Both are in the simulator's own time: TimeScale makes that run faster.
	Latency, RowLatency time.Duration
	// Servers is the number of web servers, each with limits of its own; Parallelism is how many
	// requests one serves without slowing down.
	Servers, Parallelism int
	// Others is the share of each budget that others of the same user take, steadily: 0 to below 1.
	Others float64
	// TimeScale makes the simulator's time run that many times faster: windows, Retry-After and
	// latencies shrink.
	TimeScale float64
	// NoUpdateMultiple makes contact a table without the bulk messages, as it was before 2023.
	NoUpdateMultiple bool
}

const (
	defaultTenant        = "11111111-1111-1111-1111-111111111111"
	defaultClient        = "client"
	defaultSecret        = "secret"
	defaultTokenLifetime = 3599 * time.Second
	defaultSeed          = 1
	defaultPrefix        = "acme"
	// defaultParallelism is above the four server-seconds per second that the execution-time limit
	// grants, so that this limit bites before the server gets slow.
	defaultParallelism = 8

	defaultTextLength = 100  // what the maker portal proposes for a line of text
	defaultMemoLength = 2000 // and for several lines
)

func (o Options) withDefaults() Options {
	fill := func(s *string, d string) {
		if *s == "" {
			*s = d
		}
	}
	fill(&o.TenantID, defaultTenant)
	fill(&o.ClientID, defaultClient)
	fill(&o.ClientSecret, defaultSecret)
	fill(&o.Prefix, defaultPrefix)
	if o.Seed == 0 {
		o.Seed = defaultSeed
	}
	if o.TokenLifetime == 0 {
		o.TokenLifetime = defaultTokenLifetime
	}
	if o.Servers == 0 {
		o.Servers = 1
	}
	if o.Parallelism == 0 {
		o.Parallelism = defaultParallelism
	}
	if o.TimeScale == 0 {
		o.TimeScale = 1
	}
	return o
}

func (o Options) validate() error {
	switch {
	case o.Contacts < 0:
		return fmt.Errorf("contacts: %d is negative", o.Contacts)
	case o.Contacts > 0 && o.ContactsFrom != "":
		return fmt.Errorf("contacts and contacts-from exclude each other: give one of them")
	case o.Others < 0 || o.Others >= 1:
		return fmt.Errorf("the share that others take is %v: give 0 to below 1", o.Others)
	case o.Servers < 1 || o.Parallelism < 1:
		return fmt.Errorf("servers and parallelism must be at least 1")
	case o.TimeScale <= 0:
		return fmt.Errorf("time-scale: %v is not above 0", o.TimeScale)
	case o.Latency < 0 || o.RowLatency < 0:
		return fmt.Errorf("latency and row-latency must not be negative")
	case !publisherPrefix.MatchString(o.Prefix) || strings.HasPrefix(strings.ToLower(o.Prefix), "mscrm"):
		return fmt.Errorf("prefix: %q is not a publisher prefix: 2 to 8 letters and digits, a letter first, not mscrm", o.Prefix)
	}
	return nil
}

var (
	publisherPrefix = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9]{1,7}$`)
	columnName      = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9_]+)?$`)
)

// maxColumnLength is what Dataverse allows a column of many lines.
const maxColumnLength = 1048576

// customColumn reads NAME:TYPE[:LENGTH].
func customColumn(spec, prefix string) (*attribute, error) {
	name, rest, found := strings.Cut(spec, ":")
	typeName, lengthText, _ := strings.Cut(rest, ":")
	if !found || !columnName.MatchString(name) {
		return nil, fmt.Errorf("column %q: want NAME:TYPE[:LENGTH], for example acme_vipstatus:string:100", spec)
	}
	if !strings.Contains(name, "_") {
		name = prefix + "_" + name
	}
	_, display, _ := strings.Cut(name, "_")
	length := 0
	if lengthText != "" {
		n, err := strconv.Atoi(lengthText)
		if err != nil || n < 1 || n > maxColumnLength {
			return nil, fmt.Errorf("column %q: %q is not a length", spec, lengthText)
		}
		length = n
	}
	c := columnOfType(typeName, name, display, length)
	if c == nil {
		return nil, fmt.Errorf("column %q: unknown type %q; known are %s", spec, typeName, ColumnTypes)
	}
	c.custom = true
	return c, nil
}

// The first values that a custom choice gets: Dataverse makes them of the publisher's option value
// prefix.
const (
	firstCustomOption = 100000000
	customOptions     = 3
)

// ColumnTypes are the types that a custom column may have, for people.
const ColumnTypes = "string, memo, int, bigint, decimal, money, double, bool, date, datetime, choice, choices"

func columnOfType(typeName, name, display string, length int) *attribute {
	switch typeName {
	case "string":
		return text(name, display, orDefault(length, defaultTextLength))
	case "memo":
		return memo(name, display, orDefault(length, defaultMemoLength))
	case "int":
		return integer(name, display, -maxInteger-1, maxInteger)
	case "bigint":
		return base(name, display, kindBigInt)
	case "decimal":
		return number(name, display, kindDecimal, -100000000000, 100000000000, 2)
	case "money":
		return number(name, display, kindMoney, -maxMoney, maxMoney, 2)
	case "double":
		return number(name, display, kindDouble, -100000000000, 100000000000, 2)
	case "bool":
		return flag(name, display, "No", "Yes")
	case "date":
		return date(name, display)
	case "datetime":
		return dateTime(name, display)
	case "choice", "choices":
		c := choice(name, display)
		if typeName == "choices" {
			c = choices(name, display)
		}
		for i := range orDefault(length, customOptions) {
			c.options = append(c.options, optionItem{int64(firstCustomOption + i), fmt.Sprintf("Option %d", i+1)})
		}
		return c
	default:
		return nil
	}
}

func orDefault(n, d int) int {
	if n == 0 {
		return d
	}
	return n
}
