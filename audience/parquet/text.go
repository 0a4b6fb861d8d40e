package parquet

import (
	"encoding/hex"
	"encoding/json"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// textOf gives the way in which a leaf's values are written: numbers and
// booleans as they are in JSON, all else as text.
func textOf(t parquet.Type) func(parquet.Value) (string, bool) {
	logical := t.LogicalType()
	switch {
	case logical == nil:
		return plainText
	case logical.Date != nil:
		return func(v parquet.Value) (string, bool) {
			return time.Unix(int64(v.Int32())*86400, 0).UTC().Format(time.DateOnly), true
		}
	case logical.Timestamp != nil:
		unit := unitOf(logical.Timestamp.Unit)
		return func(v parquet.Value) (string, bool) { return instantText(v.Int64(), unit), true }
	case logical.Decimal != nil:
		scale := int(logical.Decimal.Scale)
		return func(v parquet.Value) (string, bool) { return decimalText(v, scale), false }
	case logical.UUID != nil:
		return func(v parquet.Value) (string, bool) { return uuidText(v.ByteArray()), true }
	case logical.Integer != nil && !logical.Integer.IsSigned:
		return func(v parquet.Value) (string, bool) {
			if v.Kind() == parquet.Int32 {
				return strconv.FormatUint(uint64(v.Uint32()), 10), false
			}
			return strconv.FormatUint(v.Uint64(), 10), false
		}
	}
	return plainText
}

func plainText(v parquet.Value) (string, bool) {
	switch v.Kind() {
	case parquet.Boolean:
		return strconv.FormatBool(v.Boolean()), false
	case parquet.Int32:
		return strconv.FormatInt(int64(v.Int32()), 10), false
	case parquet.Int64:
		return strconv.FormatInt(v.Int64(), 10), false
	case parquet.Int96:
		return int96Text(v), true
	case parquet.Float:
		return floatText(float64(v.Float()), 32)
	case parquet.Double:
		return floatText(v.Double(), 64)
	}
	return string(v.ByteArray()), true
}

func floatText(f float64, bits int) (string, bool) {
	text := strconv.FormatFloat(f, 'f', -1, bits)
	return text, math.IsNaN(f) || math.IsInf(f, 0)
}

func unitOf(u format.TimeUnit) time.Duration {
	switch {
	case u.Millis != nil:
		return time.Millisecond
	case u.Nanos != nil:
		return time.Nanosecond
	}
	return time.Microsecond
}

func instantText(n int64, unit time.Duration) string {
	perSecond := int64(time.Second / unit)
	part := (n%perSecond + perSecond) % perSecond // also before 1970
	t := time.Unix((n-part)/perSecond, part*int64(unit)).UTC()
	return t.Format("2006-01-02T15:04:05.999999999Z")
}

// julianUnixEpoch is 1970-01-01 as a Julian day, which Spark's old timestamps
// count from.
const julianUnixEpoch = 2440588

func int96Text(v parquet.Value) string {
	i := v.Int96()
	nanos := int64(i[1])<<32 | int64(i[0])
	days := int64(i[2]) - julianUnixEpoch
	return time.Unix(days*86400, nanos).UTC().Format("2006-01-02T15:04:05.999999999Z")
}

func decimalText(v parquet.Value, scale int) string {
	n := new(big.Int)
	switch v.Kind() {
	case parquet.Int32:
		n.SetInt64(int64(v.Int32()))
	case parquet.Int64:
		n.SetInt64(v.Int64())
	default:
		n.SetBytes(v.ByteArray())
		if b := v.ByteArray(); len(b) > 0 && b[0]&0x80 != 0 { // two's complement
			n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
		}
	}
	digits := new(big.Int).Abs(n).String()
	if len(digits) <= scale {
		digits = strings.Repeat("0", scale-len(digits)+1) + digits
	}
	if scale > 0 {
		digits = digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
	}
	if n.Sign() < 0 {
		return "-" + digits
	}
	return digits
}

func uuidText(b []byte) string {
	if len(b) != 16 {
		return hex.EncodeToString(b)
	}
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// appendJSONText writes a text as JSON. Bytes that are no UTF-8 stay as they
// are, so that the record is told as unreadable.
func appendJSONText(out []byte, text string) []byte {
	out = append(out, '"')
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			out = append(out, '\\', c)
		case c < ' ':
			escaped, err := json.Marshal(string(rune(c)))
			if err == nil {
				out = append(out, escaped[1:len(escaped)-1]...)
			}
		default:
			out = append(out, c)
		}
	}
	return append(out, '"')
}
