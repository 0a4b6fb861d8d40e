package runs

import (
	"fmt"
	"strconv"
)

// Count is a number as people read it, with separators between its thousands: 12,345.
func Count(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return sign + digits
}

// Sprintf formats numbers of rows into a text as people read them: %s stands for an int64, too.
// Whatever else is among args is formatted as fmt does.
func Sprintf(format string, args ...any) string {
	shown := make([]any, len(args))
	for i, arg := range args {
		if n, ok := arg.(int64); ok {
			arg = Count(n)
		}
		shown[i] = arg
	}
	return fmt.Sprintf(format, shown...)
}
