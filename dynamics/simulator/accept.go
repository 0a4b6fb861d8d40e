package simulator

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// accept turns a JSON value into the column's own, or refuses it as the service does.
func (c *attribute) accept(t *table, l jsonLiteral, known *internedTexts) (cell, *apiError) {
	switch l.kind {
	case literalNull:
		return c.acceptNull(t)
	case literalObject, literalArray:
		return cell{}, payloadError(t.set, "A node of type 'StartObject' was read from the JSON reader when trying to read the contents of the property '"+c.name+"'; however, a primitive value was expected.")
	}
	switch c.kind {
	case kindString, kindMemo:
		return c.acceptText(t, l, known)
	case kindChoices:
		return c.acceptChoices(t, l)
	case kindInteger, kindBigInt, kindChoice, kindState, kindStatus:
		return c.acceptInteger(t, l)
	case kindDecimal, kindMoney:
		return c.acceptScaled(t, l)
	case kindDouble:
		return c.acceptDouble(t, l)
	case kindBoolean:
		return acceptBoolean(l)
	case kindDate:
		return acceptDate(l)
	case kindDateTime:
		return acceptDateTime(l)
	default:
		return acceptGUID(l)
	}
}

func (c *attribute) acceptNull(t *table) (cell, *apiError) {
	if c.required == "SystemRequired" {
		return cell{}, fail(400, codeInvalidArgument, "The '%s' attribute of the '%s' entity cannot be set to NULL.", c.name, t.logical)
	}
	return cell{null: true}, nil
}

func (c *attribute) acceptText(t *table, l jsonLiteral, known *internedTexts) (cell, *apiError) {
	if l.kind != literalText {
		return cell{}, wrongType(l.shown(), "Edm.String")
	}
	if len(l.raw) > c.maxLength && utf16Length(l.raw) > c.maxLength {
		return cell{}, tooLong(t, c)
	}
	return textValue(known.keep(l.raw)), nil
}

// utf16Length counts as the service does: a character outside the basic plane counts twice.
func utf16Length(b []byte) int {
	n := 0
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		n++
		if r > 0xffff {
			n++
		}
		b = b[size:]
	}
	return n
}

func (c *attribute) edm() string {
	switch c.kind {
	case kindString, kindMemo, kindChoices:
		return "Edm.String"
	case kindBigInt:
		return "Edm.Int64"
	case kindDecimal, kindMoney:
		return "Edm.Decimal"
	case kindDouble:
		return "Edm.Double"
	case kindBoolean:
		return "Edm.Boolean"
	case kindDate:
		return "Edm.Date"
	case kindDateTime:
		return "Edm.DateTimeOffset"
	case kindLookup, kindID:
		return "Edm.Guid"
	default:
		return "Edm.Int32"
	}
}

func (c *attribute) acceptInteger(t *table, l jsonLiteral) (cell, *apiError) {
	n, err := strconv.ParseInt(string(l.raw), 10, 64)
	if l.kind != literalNumber || err != nil || (c.kind != kindBigInt && n != int64(int32(n))) {
		return cell{}, wrongType(l.shown(), c.edm())
	}
	if c.kind.isChoice() && c.label(n) == "" {
		return cell{}, notAnOption(t, c, n)
	}
	if c.kind == kindInteger && (float64(n) < c.min || float64(n) > c.max) {
		return cell{}, outOfRange(t, c)
	}
	return numValue(n), nil
}

// acceptScaled rounds half away from zero, as SQL Server does.
func (c *attribute) acceptScaled(t *table, l jsonLiteral) (cell, *apiError) {
	f, err := strconv.ParseFloat(string(l.raw), 64)
	if l.kind != literalNumber || err != nil {
		return cell{}, wrongType(l.shown(), c.edm())
	}
	if f < c.min || f > c.max {
		return cell{}, outOfRange(t, c)
	}
	n, ok := parseScaled(string(l.raw), c.precision)
	if !ok {
		n = int64(math.Round(f * float64(pow10(c.precision))))
	}
	return numValue(n * pow10(c.scale()-c.precision)), nil
}

// parseScaled reads a plain decimal exactly; ok is false for exponents, which the caller reads as a
// float.
func parseScaled(s string, digits int) (n int64, ok bool) {
	if strings.ContainsAny(s, "eE") {
		return 0, false
	}
	negative := strings.HasPrefix(s, "-")
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	round := len(fraction) > digits && fraction[digits] >= '5'
	for len(fraction) < digits {
		fraction += "0"
	}
	n, err := strconv.ParseInt(whole+fraction[:digits], 10, 64)
	if err != nil {
		return 0, false
	}
	if round {
		n++
	}
	if negative {
		n = -n
	}
	return n, true
}

func (c *attribute) acceptDouble(t *table, l jsonLiteral) (cell, *apiError) {
	f, err := strconv.ParseFloat(string(l.raw), 64)
	if l.kind != literalNumber || err != nil {
		return cell{}, wrongType(l.shown(), c.edm())
	}
	if f < c.min || f > c.max {
		return cell{}, outOfRange(t, c)
	}
	unit := math.Pow10(c.precision)
	f = math.Round(f*unit)/unit + 0 // adding 0 turns -0 into 0
	return numValue(int64(math.Float64bits(f))), nil
}

func acceptBoolean(l jsonLiteral) (cell, *apiError) {
	switch l.kind {
	case literalTrue:
		return numValue(1), nil
	case literalFalse:
		return numValue(0), nil
	default:
		return cell{}, wrongType(l.shown(), "Edm.Boolean")
	}
}

// earliest is the first instant that Dataverse stores.
const earliest = -6847804800 // 1753-01-01T00:00:00Z

func acceptDate(l jsonLiteral) (cell, *apiError) {
	day, err := time.Parse(dateLayout, string(l.raw))
	if l.kind != literalText || err != nil {
		return cell{}, wrongType(l.shown(), "Edm.Date")
	}
	if day.Unix() < earliest {
		return cell{}, tooEarly(day)
	}
	return numValue(day.Unix() / secondsPerDay), nil
}

func acceptDateTime(l jsonLiteral) (cell, *apiError) {
	at, ok := parseInstant(string(l.raw))
	if l.kind != literalText || !ok {
		return cell{}, wrongType(l.shown(), "Edm.DateTimeOffset")
	}
	if at.Unix() < earliest {
		return cell{}, tooEarly(at)
	}
	return numValue(at.Unix()), nil
}

// parseInstant reads RFC 3339, seconds optional; a date alone is midnight.
func parseInstant(s string) (time.Time, bool) {
	for _, layout := range [...]string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", dateLayout} {
		if at, err := time.Parse(layout, s); err == nil {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}

func tooEarly(at time.Time) *apiError {
	return fail(400, codeDateRange, "DateTime is less than minumum value supported by CrmDateTime. Actual value: %s, Minimum value supported: 01/01/1753 00:00:00", at.UTC().Format("01/02/2006 15:04:05"))
}

func acceptGUID(l jsonLiteral) (cell, *apiError) {
	g, ok := parseGUID(l.raw)
	if l.kind != literalText || !ok {
		return cell{}, wrongType(l.shown(), "Edm.Guid")
	}
	return cell{set: true, ref: 1, id: g}, nil
}

// shown is the literal as error texts quote it.
func (l jsonLiteral) shown() string {
	switch l.kind {
	case literalTrue:
		return "true"
	case literalFalse:
		return "false"
	case literalNull:
		return "null"
	default:
		return string(bytes.ToValidUTF8(l.raw, []byte("\uFFFD")))
	}
}

// internedTexts makes strings of payload bytes, one for all equal ones: most values of an audience
// are the same few words.
type internedTexts struct{ seen map[string]string }

// maxKnownTexts bounds what one request remembers.
const maxKnownTexts = 64

func (k *internedTexts) keep(b []byte) string {
	if s, ok := k.seen[string(b)]; ok {
		return s
	}
	s := string(b)
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	if k.seen == nil {
		k.seen = make(map[string]string, maxKnownTexts)
	}
	if len(k.seen) < maxKnownTexts {
		k.seen[s] = s
	}
	return s
}
