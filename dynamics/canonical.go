package dynamics

import (
	"fmt"
	"math/big"
	"sort"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/uuid"
)

const (
	// maxNumberLength and maxExponent keep a hostile number from costing memory; no column holds
	// more.
	maxNumberLength = 64
	maxExponent     = 400
	// maxDecimalDigits is the most digits that Dataverse keeps behind the point.
	maxDecimalDigits = 10
)

// Canonical gives the form in which Dynamics will give the value back, or a *ValueError that does
// not hold the value. It is idempotent. Numbers are rounded to the column's precision without
// trailing zeros, booleans are true or false, dates 2006-01-02, date-times 2006-01-02T15:04:05Z,
// choices their number, lookups a GUID in lower case. Choices and booleans may also be given by a
// label in any language. Empty text is refused: Dynamics stores it as null.
// https://learn.microsoft.com/power-apps/developer/data-platform/webapi/web-api-properties
func (c Column) Canonical(text string) (string, error) {
	switch c.Type {
	case TypeString, TypeMemo:
		return c.canonicalText(text)
	case TypeInteger, TypeBigInt:
		return c.canonicalWhole(text)
	case TypeDecimal, TypeMoney, TypeDouble:
		return c.canonicalNumber(text, min(c.Precision, maxDecimalDigits))
	case TypeBoolean:
		return c.canonicalBoolean(text)
	case TypeDate:
		return c.canonicalDate(text)
	case TypeDateTime:
		return c.canonicalDateTime(text)
	case TypeChoice:
		return c.canonicalChoice(text)
	case TypeChoices:
		return c.canonicalChoices(text)
	case TypeLookup, TypeGUID:
		return c.canonicalGUID(text)
	}
	return "", c.refuse("this type of column cannot be written")
}

func (c Column) refuse(format string, args ...any) *ValueError {
	return &ValueError{Column: c.LogicalName, Reason: fmt.Sprintf(format, args...)}
}

func (c Column) canonicalText(text string) (string, error) {
	if text == "" {
		return "", c.refuse("empty: Dynamics stores no empty text")
	}
	if !utf8.ValidString(text) {
		return "", c.refuse("not valid UTF-8")
	}
	for _, r := range text {
		// Dataverse passes text on as XML 1.0, which has no place for these.
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == '\uFFFE' || r == '\uFFFF' {
			return "", c.refuse("holds the control character U+%04X, which Dynamics does not allow", r)
		}
	}
	if c.MaxLength > 0 && len(text) > c.MaxLength && utf16Length(text) > c.MaxLength {
		return "", c.refuse("longer than %d characters", c.MaxLength)
	}
	return text, nil
}

// utf16Length is the length that Dataverse counts.
func utf16Length(text string) int {
	n := 0
	for _, r := range text {
		n += utf16.RuneLen(r)
	}
	return n
}

// canonicalWhole refuses a fraction.
func (c Column) canonicalWhole(text string) (string, error) {
	if number, ok := parseNumber(text); ok && !number.IsInt() {
		return "", c.refuse("not a whole number")
	}
	return c.canonicalNumber(text, 0)
}

// canonicalNumber rounds half away from zero to the digits kept.
func (c Column) canonicalNumber(text string, digits int) (string, error) {
	number, ok := parseNumber(text)
	if !ok {
		return "", c.refuse("not a number")
	}
	rounded := number.FloatString(digits)
	if kept, ok := new(big.Rat).SetString(rounded); ok {
		number = kept
	}
	if err := c.checkRange(number); err != nil {
		return "", err
	}
	if strings.Contains(rounded, ".") {
		rounded = strings.TrimRight(strings.TrimRight(rounded, "0"), ".")
	}
	if rounded == "-0" {
		rounded = "0"
	}
	return rounded, nil
}

func (c Column) checkRange(number *big.Rat) error {
	for _, bound := range []struct {
		limit *float64
		sign  int
		word  string
	}{{c.Min, -1, "less than"}, {c.Max, 1, "more than"}} {
		if bound.limit == nil {
			continue
		}
		limit := new(big.Rat)
		if limit.SetFloat64(*bound.limit) != nil && number.Cmp(limit) == bound.sign {
			return c.refuse("%s %s", bound.word, strconv.FormatFloat(*bound.limit, 'f', -1, 64))
		}
	}
	if c.Type == TypeInteger && !fitsInt(number, 32) || c.Type == TypeBigInt && !fitsInt(number, 64) {
		return c.refuse("more than the column's type can hold")
	}
	return nil
}

func fitsInt(number *big.Rat, bits uint) bool {
	limit := new(big.Int).Lsh(big.NewInt(1), bits-1)
	n := number.Num()
	return n.Cmp(limit) < 0 && n.Cmp(new(big.Int).Neg(limit)) >= 0
}

// parseNumber reads a decimal number with an optional exponent; no fractions, hexadecimals or
// infinities.
func parseNumber(text string) (*big.Rat, bool) {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > maxNumberLength || strings.Trim(text, "+-.0123456789eE") != "" {
		return nil, false
	}
	if at := strings.IndexAny(text, "eE"); at >= 0 {
		exponent, err := strconv.Atoi(text[at+1:])
		if err != nil || exponent > maxExponent || exponent < -maxExponent {
			return nil, false
		}
	}
	return new(big.Rat).SetString(text)
}

func (c Column) canonicalBoolean(text string) (string, error) {
	text = strings.TrimSpace(text)
	switch strings.ToLower(text) {
	case "true", "1", "yes", "y":
		return "true", nil
	case "false", "0", "no", "n":
		return "false", nil
	}
	if n, ok := optionByLabel(c.Options, text); ok {
		return strconv.FormatBool(n != 0), nil
	}
	return "", c.refuse("neither true nor false")
}

func (c Column) canonicalChoice(text string) (string, error) {
	text = strings.TrimSpace(text)
	if number, ok := parseNumber(text); ok && number.IsInt() {
		if len(c.Options) == 0 && fitsInt(number, 32) || hasOption(c.Options, number.Num()) {
			return number.Num().String(), nil
		}
	}
	if n, ok := optionByLabel(c.Options, text); ok {
		return strconv.Itoa(n), nil
	}
	return "", c.refuse("no option of this choice")
}

// canonicalChoices takes numbers or labels separated by commas or semicolons and gives the numbers
// in order.
func (c Column) canonicalChoices(text string) (string, error) {
	var numbers []int
	seen := map[int]bool{}
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' }) {
		one, err := c.canonicalChoice(part)
		if err != nil {
			return "", err
		}
		n, err := strconv.Atoi(one)
		if err != nil {
			return "", c.refuse("no option of this choice")
		}
		if !seen[n] {
			seen[n] = true
			numbers = append(numbers, n)
		}
	}
	if len(numbers) == 0 {
		return "", c.refuse("no option of this choice")
	}
	sort.Ints(numbers)
	var b strings.Builder
	for i, n := range numbers {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Itoa(n))
	}
	return b.String(), nil
}

func hasOption(options []Option, number *big.Int) bool {
	for _, o := range options {
		if number.IsInt64() && number.Int64() == int64(o.Value) {
			return true
		}
	}
	return false
}

// optionByLabel finds the one option with this label; a label that two options share names neither.
func optionByLabel(options []Option, label string) (int, bool) {
	found, value := false, 0
	for _, o := range options {
		for _, l := range o.Labels {
			if !strings.EqualFold(strings.TrimSpace(l), label) {
				continue
			}
			if found && value != o.Value {
				return 0, false
			}
			found, value = true, o.Value
		}
	}
	return value, found
}

// canonicalGUID takes a GUID with or without braces.
func (c Column) canonicalGUID(text string) (string, error) {
	text = strings.TrimSpace(text)
	id, ok := parseGUID(strings.TrimSuffix(strings.TrimPrefix(text, "{"), "}"))
	if !ok {
		return "", c.refuse("not a GUID")
	}
	return id, nil
}

// parseGUID takes the form 8-4-4-4-12 only and gives it in lower case.
func parseGUID(text string) (string, bool) {
	if len(text) != len(uuid.Nil.String()) {
		return "", false
	}
	id, err := uuid.Parse(text)
	if err != nil {
		return "", false
	}
	return id.String(), true
}
