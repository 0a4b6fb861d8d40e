package simulator

import (
	"strconv"
	"strings"
	"time"
)

// rowWriter writes rows of one query. What does not differ between rows is worked out once.
type rowWriter struct {
	call                       *call
	table                      *table
	columns                    []shown
	expand                     []expansion
	formatted, names, logicals bool
}

type shown struct {
	column *attribute
	prefix []byte // ,"name":
}

const (
	formattedValue = "OData.Community.Display.V1.FormattedValue"
	lookupLogical  = "Microsoft.Dynamics.CRM.lookuplogicalname"
	lookupNav      = "Microsoft.Dynamics.CRM.associatednavigationproperty"
)

func (c *call) rowWriter(q *odataQuery) *rowWriter {
	w := &rowWriter{call: c, table: q.table, expand: q.expand}
	w.formatted = c.prefer.annotates(formattedValue)
	w.logicals, w.names = c.prefer.annotates(lookupLogical), c.prefer.annotates(lookupNav)
	w.choose(q.selected)
	return w
}

// choose adds the columns to show: the primary key comes last, and money brings its currency along.
func (w *rowWriter) choose(selected []*attribute) {
	if selected == nil {
		selected = w.table.columns
	}
	currency := w.table.byName["transactioncurrencyid"]
	withMoney, withCurrency := false, false
	for _, column := range selected {
		withMoney = withMoney || column.kind == kindMoney
		withCurrency = withCurrency || column == currency
		if column.kind != kindID {
			w.show(column)
		}
	}
	if withMoney && !withCurrency && currency != nil {
		w.show(currency)
	}
	w.show(w.table.byName[w.table.primaryID])
}

func (w *rowWriter) show(column *attribute) {
	w.columns = append(w.columns, shown{column, append(appendQuoted([]byte{','}, column.property()), ':')})
}

func (w *rowWriter) append(b []byte, row uint32) []byte {
	b = append(b, `{"@odata.etag":"W/\"`...)
	b = strconv.AppendInt(b, w.table.versions[row], 10)
	b = append(b, `\""`...)
	for i := range w.columns {
		s := &w.columns[i]
		v := s.column.get(w.table, row)
		if s.column.secured {
			v = cell{}
		}
		if s.column.name == "transactioncurrencyid" && !v.set {
			v = fixedLookup(currencyID) // an environment has a base currency, and every row has it
		}
		if w.formatted || w.names || w.logicals {
			b = w.annotate(b, s.column, v)
		}
		b = append(b, s.prefix...)
		b = s.column.appendJSON(b, v)
	}
	for _, e := range w.expand {
		b = w.expanded(b, e, row)
	}
	return append(b, '}')
}

func (w *rowWriter) annotate(b []byte, c *attribute, v cell) []byte {
	if !v.set {
		return b
	}
	note := func(name, text string) {
		b = append(b, ',')
		b = appendQuoted(b, c.property()+"@"+name)
		b = append(b, ':')
		b = appendQuoted(b, text)
	}
	if w.formatted && (!c.kind.isText() || c.kind == kindChoices) && c.kind != kindID {
		note(formattedValue, w.display(c, v))
	}
	if c.kind != kindLookup {
		return b
	}
	target := c.target(v)
	if w.names {
		note(lookupNav, c.navigation(target))
	}
	if w.logicals {
		note(lookupLogical, target)
	}
	return b
}

// navigation gives the navigation property that leads to a target.
func (c *attribute) navigation(target string) string {
	for nav, t := range c.bind {
		if t == target {
			return nav
		}
	}
	return c.name
}

// display is the value as a form of the application shows it to an American user.
func (w *rowWriter) display(c *attribute, v cell) string {
	switch c.kind {
	case kindBoolean, kindChoice, kindState, kindStatus:
		return c.label(v.num)
	case kindChoices:
		return c.labels(v.text)
	case kindDate:
		return time.Unix(v.num*secondsPerDay, 0).UTC().Format("1/2/2006")
	case kindDateTime:
		return time.Unix(v.num, 0).UTC().Format("1/2/2006 3:04 PM")
	case kindMoney:
		return "$" + grouped(string(appendScaled(nil, v.num/pow10(moneyDigits-c.precision), c.precision)))
	case kindLookup:
		return w.lookupName(c, v)
	default:
		return grouped(string(c.appendPlain(nil, v)))
	}
}

func (w *rowWriter) lookupName(c *attribute, v cell) string {
	switch id := v.id.String(); id {
	case applicationUserID:
		return userName(userApplication)
	case elsewhereUserID:
		return userName(userElsewhere)
	case currencyID:
		return "US Dollar"
	default:
		for _, a := range w.call.server.applications[1:] {
			if id == userIDOf(a.user) {
				return userName(a.user)
			}
		}
	}
	for _, logical := range c.targets {
		t := w.call.server.db.byLogical(logical)
		if t == nil {
			continue
		}
		if row, ok := t.find(v.id); ok {
			return t.text(t.primaryName, row)
		}
	}
	return ""
}

// grouped sets commas between thousands.
func grouped(s string) string {
	const group = 3
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	whole, fraction, hasPoint := strings.Cut(s, ".")
	for i := len(whole) - group; i > 0; i -= group {
		whole = whole[:i] + "," + whole[i:]
	}
	if hasPoint {
		whole += "." + fraction
	}
	return sign + whole
}

func (w *rowWriter) expanded(b []byte, e expansion, row uint32) []byte {
	b = append(b, ',')
	b = appendQuoted(b, e.nav)
	b = append(b, ':')
	v := e.column.get(w.table, row)
	inner, found := e.table.find(v.id)
	if !v.set || !found {
		return append(b, "null"...)
	}
	sub := &rowWriter{call: w.call, table: e.table, formatted: w.formatted, names: w.names, logicals: w.logicals}
	sub.choose(e.selected)
	return sub.append(b, inner)
}
