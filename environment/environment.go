// Package environment reads what programs are told by environment variables, and says at once all
// that is wrong with them.
//
// Programs call it when they start, before anything else runs: nothing below them reads the
// environment.
package environment

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kelseyhightower/envconfig"
)

// Read fills a specification of envconfig. Its error names every variable that cannot be read, one
// a line, with what it may be.
func Read(prefix string, into any) error {
	var problems []error
	for {
		err := envconfig.Process(prefix, into)
		var unread *envconfig.ParseError
		if !errors.As(err, &unread) {
			return errors.Join(append(problems, err)...)
		}
		variable, was := variableOf(prefix, unread)
		if variable == "" { // the specification's own default is wrong
			return errors.Join(append(problems, err)...)
		}
		problems = append(problems, fmt.Errorf("%s: %q is no %s", variable, unread.Value, meant(unread)))
		defer restore(variable, was) // for whoever looks next
		if err := os.Unsetenv(variable); err != nil {
			return errors.Join(append(problems, err)...)
		}
	}
}

// Unread names the variables that begin with a prefix, are set, and are none that the specifications
// read, which are given by their own prefixes: names that were misspelt, or meant for somebody else.
func Unread(prefix string, specifications map[string]any) ([]string, error) {
	known := map[string]bool{}
	for own, specification := range specifications {
		var keys strings.Builder
		if err := envconfig.Usagef(own, specification, &keys, "{{range .}}{{usage_key .}}\n{{end}}"); err != nil {
			return nil, err
		}
		for key := range strings.FieldsSeq(keys.String()) {
			known[key] = true
		}
	}
	var unread []string
	for _, set := range os.Environ() {
		name, value, _ := strings.Cut(set, "=")
		if strings.HasPrefix(name, prefix) && value != "" && !known[name] {
			unread = append(unread, name)
		}
	}
	slices.Sort(unread)
	return unread, nil
}

// variableOf is the variable that could not be read, and its value. envconfig also reads a name
// that a field's tag gives without the prefix.
func variableOf(prefix string, unread *envconfig.ParseError) (name, value string) {
	for _, name := range []string{unread.KeyName, strings.TrimPrefix(unread.KeyName, strings.ToUpper(prefix)+"_")} {
		if value, set := os.LookupEnv(name); set && value == unread.Value {
			return name, value
		}
	}
	return "", ""
}

func restore(variable, value string) { _ = os.Setenv(variable, value) } // it was set like this before

// meant says what a variable may be.
func meant(unread *envconfig.ParseError) string {
	switch unread.TypeName {
	case "time.Duration":
		return "duration: give a number and its unit, as in 90s, 5m or 12h"
	case "environment.Age":
		return "age: give hours or days, as in 2160h or 90d"
	case "slog.Level":
		return "level: use debug, info, warn or error"
	case "monitoring.LogFormat":
		return "form of a log: use text or json"
	case "bool":
		return "choice: use true or false"
	}
	return "whole number"
}

// Age is how long something is kept: a duration that may be given in days.
type Age time.Duration

const day = 24 * time.Hour

// Decode reads an age: "90d", or a duration as Go writes it.
func (a *Age) Decode(text string) error {
	text = strings.TrimSpace(text)
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.ParseFloat(days, 64)
		if err != nil || !(n >= 0 && n <= 36_500) {
			return fmt.Errorf("%q is no number of days", days)
		}
		*a = Age(n * float64(day))
		return nil
	}
	duration, err := time.ParseDuration(text)
	*a = Age(duration)
	return err
}
