package report

import "audienceflow/runs"

// Verdict is the outcome of a validation in one line: what was read back, and what of it differs.
func Verdict(v runs.Validation) string {
	if v.Scope == runs.ScopeRun && v.Expected == 0 {
		return counts("%s: this run has changed nothing that could be read back; unexpected %s  (of the whole column)", v.Verdict, v.Unexpected)
	}
	return counts("%s: expected %s = matched %s + mismatched %s + missing %s; unexpected %s%s",
		v.Verdict, v.Expected, v.Matched, v.Mismatched, v.Missing, v.Unexpected, scope(v))
}

// scope says what was read back where that is not everything. Unexpected contacts are looked for in
// the whole column.
func scope(v runs.Validation) string {
	if v.Scope == runs.ScopeRun {
		return "  (of what this run wrote; unexpected: of the whole column)"
	}
	return ""
}

// WholeColumn compares the words in the whole column with those that the ledger knows.
func WholeColumn(v runs.Validation) string {
	return counts("realized: expected %s, actual %s; exited: expected %s, actual %s", v.ByStatus.Realized.Expected,
		v.ByStatus.Realized.Actual, v.ByStatus.Exited.Expected, v.ByStatus.Exited.Actual)
}

func verdict(v runs.Validation) []Line {
	lines := []Line{{Name: "validation", Text: Verdict(v), Word: v.Verdict}}
	if v.Scope == runs.ScopeRun {
		lines = append(lines, Line{Name: "whole column", Text: WholeColumn(v), Part: true})
	}
	return lines
}

// ValidationMarkdown describes a verdict in Temporal's UI.
func ValidationMarkdown(v runs.Validation) string {
	text := "**" + v.Verdict + "**\n\n" + list([]Line{{Name: "validation", Text: Verdict(v)}, {Name: "whole column", Text: WholeColumn(v)}})
	if ways := ValidationSteps(v); len(ways) > 0 {
		text += "\n" + steps(ways)
	}
	return text
}

// ValidationSteps are what can be done about what a validation has found.
func ValidationSteps(v runs.Validation) []Step {
	if v.Verdict != runs.VerdictMismatch {
		return nil
	}
	return mismatchSteps(v)
}
