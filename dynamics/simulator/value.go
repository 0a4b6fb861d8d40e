package simulator

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// columnType is a column's type. The storage of a value follows from it: see cells.go.
type columnType uint8

const (
	kindString columnType = iota
	kindMemo
	kindInteger
	kindBigInt
	kindDecimal
	kindMoney
	kindDouble
	kindBoolean
	kindDate
	kindDateTime
	kindChoice
	kindChoices
	kindState
	kindStatus
	kindLookup
	kindID
)

func (k columnType) isText() bool   { return k == kindString || k == kindMemo || k == kindChoices }
func (k columnType) isChoice() bool { return k == kindChoice || k == kindState || k == kindStatus }
func (k columnType) isGUID() bool   { return k == kindLookup || k == kindID }
func (k columnType) isScaled() bool { return k == kindDecimal || k == kindMoney }

// cell is one value in memory. num holds integers, choices, booleans as 0 or 1, days or seconds
// since 1970, decimals scaled by the column's precision, and the bits of doubles.
type cell struct {
	set  bool
	null bool  // not set because null was written: no default shows there
	ref  uint8 // lookups: 1 + the place of the row's table in the column's targets
	num  int64
	text string
	id   guid
}

func textValue(s string) cell { return cell{set: s != "", text: s} }
func numValue(n int64) cell   { return cell{set: true, num: n} }
func idValue(g guid) cell     { return cell{set: true, id: g} }

const (
	dateLayout     = "2006-01-02"
	dateTimeLayout = "2006-01-02T15:04:05Z"
	secondsPerDay  = 24 * 60 * 60
	moneyDigits    = 4 // Dataverse keeps and prints money with four decimals, whatever the precision shown
	maxDecimals    = 18
)

// scale gives the digits after the point that a scaled column keeps.
func (c *attribute) scale() int {
	if c.kind == kindMoney {
		return moneyDigits
	}
	return c.precision
}

func pow10(n int) int64 {
	p := int64(1)
	for range min(n, maxDecimals) {
		p *= 10
	}
	return p
}

// float gives a numeric value as a float, for comparisons and aggregates.
func (c *attribute) float(v cell) float64 {
	switch {
	case c.kind == kindDouble:
		return math.Float64frombits(uint64(v.num))
	case c.kind.isScaled():
		return float64(v.num) / float64(pow10(c.scale()))
	default:
		return float64(v.num)
	}
}

// appendJSON writes the value as the Web API reads it back.
func (c *attribute) appendJSON(b []byte, v cell) []byte {
	if !v.set {
		return append(b, "null"...)
	}
	switch {
	case c.kind.isText():
		return appendQuoted(b, v.text)
	case c.kind == kindBoolean:
		return strconv.AppendBool(b, v.num != 0)
	case c.kind == kindDate, c.kind == kindDateTime, c.kind.isGUID():
		b = append(b, '"')
		b = c.appendPlain(b, v)
		return append(b, '"')
	default:
		return c.appendPlain(b, v)
	}
}

// appendPlain writes the value without quotes, as the CSV of the control endpoint and formatted
// values show it.
func (c *attribute) appendPlain(b []byte, v cell) []byte {
	if !v.set {
		return b
	}
	switch {
	case c.kind.isText():
		return append(b, v.text...)
	case c.kind == kindBoolean:
		return strconv.AppendBool(b, v.num != 0)
	case c.kind == kindDate:
		return time.Unix(v.num*secondsPerDay, 0).UTC().AppendFormat(b, dateLayout)
	case c.kind == kindDateTime:
		return time.Unix(v.num, 0).UTC().AppendFormat(b, dateTimeLayout)
	case c.kind.isGUID():
		return v.id.append(b)
	case c.kind == kindDouble:
		return appendDouble(b, c.float(v))
	case c.kind.isScaled():
		return appendScaled(b, v.num, c.scale())
	default:
		return strconv.AppendInt(b, v.num, 10)
	}
}

func appendDouble(b []byte, f float64) []byte {
	start := len(b)
	b = strconv.AppendFloat(b, f, 'f', -1, 64)
	if !strings.Contains(string(b[start:]), ".") {
		b = append(b, ".0"...) // Edm.Double always shows a point
	}
	return b
}

func appendScaled(b []byte, n int64, digits int) []byte {
	if n < 0 {
		b = append(b, '-')
		n = -n
	}
	unit := pow10(digits)
	b = strconv.AppendInt(b, n/unit, 10)
	if digits == 0 {
		return b
	}
	fraction := strconv.FormatInt(n%unit, 10)
	b = append(b, '.')
	for range digits - len(fraction) {
		b = append(b, '0')
	}
	return append(b, fraction...)
}
