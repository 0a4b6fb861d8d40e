package activation

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// jsonSchema judges documents by as much of JSON Schema as that of activation files uses.
type jsonSchema struct{ root map[string]any }

func parsed(t *testing.T, text []byte) jsonSchema {
	t.Helper()
	var s jsonSchema
	require.NoError(t, json.Unmarshal(text, &s.root))
	return s
}

// document reads YAML as an editor does; a key without a value is not there.
func document(t *testing.T, text string) any {
	t.Helper()
	var value any
	require.NoError(t, yaml.Unmarshal([]byte(text), &value))
	return withoutNulls(value)
}

func withoutNulls(v any) any {
	if m, ok := v.(map[string]any); ok {
		for key, value := range m {
			if m[key] = withoutNulls(value); value == nil {
				delete(m, key)
			}
		}
	}
	return v
}

// wrong says what is wrong with a value.
func (s jsonSchema) wrong(schema map[string]any, v any, at string) (wrong []string) {
	say := func(what string) { wrong = append(wrong, at+": "+what) }
	for key, rule := range schema {
		switch key {
		case "$ref":
			name := strings.TrimPrefix(rule.(string), "#/$defs/")
			wrong = append(wrong, s.wrong(s.root["$defs"].(map[string]any)[name].(map[string]any), v, at)...)
		case "type":
			if !isOfType(rule, v) {
				say(fmt.Sprintf("is no %v", rule))
			}
		case "enum":
			if !slices.Contains(rule.([]any), v) {
				say("is none of the words")
			}
		case "pattern":
			if text, ok := v.(string); ok && !regexp.MustCompile(rule.(string)).MatchString(text) {
				say("has another form")
			}
		case "minimum":
			if n, ok := number(v); ok && n < rule.(float64) {
				say("is too small")
			}
		case "maximum":
			if n, ok := number(v); ok && n > rule.(float64) {
				say("is too large")
			}
		case "not":
			if len(s.wrong(rule.(map[string]any), v, at)) == 0 {
				say("has a form that is refused")
			}
		case "anyOf", "oneOf":
			fits := 0
			for _, one := range rule.([]any) {
				if len(s.wrong(one.(map[string]any), v, at)) == 0 {
					fits++
				}
			}
			if fits == 0 || key == "oneOf" && fits > 1 {
				say(fmt.Sprintf("fits %d of %s", fits, key))
			}
		case "required", "properties", "additionalProperties":
			if m, ok := v.(map[string]any); ok {
				wrong = append(wrong, s.wrongKeys(key, schema, m, at)...)
			}
		case "items", "minItems":
			if list, ok := v.([]any); ok {
				if least, ok := rule.(float64); ok && float64(len(list)) < least {
					say("is too short")
				}
				for i, one := range list {
					if key == "items" {
						wrong = append(wrong, s.wrong(rule.(map[string]any), one, fmt.Sprintf("%s[%d]", at, i))...)
					}
				}
			}
		case "$schema", "$defs", "title", "description", "default":
		default:
			panic("the test does not know " + key)
		}
	}
	return wrong
}

func (s jsonSchema) wrongKeys(rule string, schema, m map[string]any, at string) (wrong []string) {
	properties, _ := schema["properties"].(map[string]any)
	switch rule {
	case "required":
		for _, name := range schema["required"].([]any) {
			if _, ok := m[name.(string)]; !ok {
				wrong = append(wrong, at+": "+name.(string)+" is missing")
			}
		}
	case "properties":
		for name, value := range m {
			if of, ok := properties[name].(map[string]any); ok {
				wrong = append(wrong, s.wrong(of, value, at+"."+name)...)
			}
		}
	default:
		for name := range m {
			if properties[name] == nil {
				wrong = append(wrong, at+": unknown key "+name)
			}
		}
	}
	return wrong
}

func isOfType(types, v any) bool {
	if list, ok := types.([]any); ok {
		return slices.ContainsFunc(list, func(one any) bool { return isOfType(one, v) })
	}
	ok := false
	switch types {
	case "string":
		_, ok = v.(string)
	case "boolean":
		_, ok = v.(bool)
	case "number":
		_, ok = number(v)
	case "array":
		_, ok = v.([]any)
	case "object":
		_, ok = v.(map[string]any)
	}
	return ok
}

func number(v any) (float64, bool) {
	switch n := v.(type) {
	case int:
		return float64(n), true
	case float64:
		return n, true
	}
	return 0, false
}
