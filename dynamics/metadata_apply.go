package dynamics

import "github.com/tidwall/gjson"

func applyLength(a *attribute, v gjson.Result) { a.MaxLength = int(v.Get("MaxLength").Int()) }

func applyRange(a *attribute, v gjson.Result) {
	a.Min, a.Max = readBound(v.Get("MinValue")), readBound(v.Get("MaxValue"))
	a.Precision = int(v.Get("Precision").Int())
}

func readBound(v gjson.Result) *float64 {
	if v.Type != gjson.Number {
		return nil
	}
	n := v.Float()
	return &n
}

// applyBehavior: what is stored is decided by DateTimeBehavior, not by the Format in which it is
// shown.
// https://learn.microsoft.com/power-apps/developer/data-platform/behavior-format-date-time-attribute
func applyBehavior(a *attribute, v gjson.Result) {
	a.Type = TypeDateTime
	if v.Get("DateTimeBehavior.Value").String() == "DateOnly" {
		a.Type = TypeDate
	}
}

func applyOptions(a *attribute, v gjson.Result) {
	for _, o := range v.Get("OptionSet.Options").Array() {
		a.Options = append(a.Options, readOption(o))
	}
	if a.kind == "Virtual" { // a multi-select choice is listed under its storage in the base list
		a.Type = TypeChoices
	}
}

func applyTwoOptions(a *attribute, v gjson.Result) {
	for _, name := range []string{"OptionSet.TrueOption", "OptionSet.FalseOption"} {
		if o := v.Get(name); o.IsObject() {
			a.Options = append(a.Options, readOption(o))
		}
	}
}

func readOption(v gjson.Result) Option {
	return Option{Value: int(v.Get("Value").Int()), Labels: readLabels(v.Get("Label"))}
}

func applyTargets(a *attribute, v gjson.Result) {
	for _, target := range v.Get("Targets").Array() {
		a.targets = append(a.targets, target.String())
	}
	a.Type = TypeLookup
}
