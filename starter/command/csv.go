package command

import (
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// csvForm is the form of what -o csv prints.
type csvForm struct {
	mark      bool
	separator string
}

func (f *csvForm) addFlags(c *cobra.Command) {
	c.Flags().BoolVar(&f.mark, "bom", false, "with -o csv: begin with a byte order mark, by which Excel knows UTF-8")
	c.Flags().StringVar(&f.separator, "separator", "", `with -o csv: what separates cells, such as ';' for Excel where numbers have a decimal comma, or tab (default ",")`)
}

// useCSV prints CSV in that form from now on.
func (a *App) useCSV(f csvForm) error {
	if f.separator == "tab" || f.separator == `\t` {
		f.separator = "\t"
	}
	separator, size := utf8.DecodeRuneInString(f.separator)
	switch {
	case f.mark && a.Format != "csv":
		return usage("--bom goes with -o csv")
	case f.separator != "" && a.Format != "csv":
		return usage("--separator goes with -o csv")
	case f.separator == "":
	case size != len(f.separator), separator == '"', separator == '\r', separator == '\n', separator == utf8.RuneError:
		return usage("--separator %q: give one sign, such as ';' or tab, and no quote or line end", f.separator)
	default:
		a.separator = separator
	}
	if !f.mark {
		return nil
	}
	return a.markCSV()
}
