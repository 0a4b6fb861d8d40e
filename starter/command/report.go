package command

import "audienceflow/activities"

// printReports prints one report, or several as a list.
func (a *App) printReports(reports []activities.Report) error {
	a.addDetails(reports)
	for i, r := range reports {
		reports[i].Verdict = verdictOf(r)
	}
	if a.Format == "json" {
		return printJSON(a, reports)
	}
	for i, r := range reports {
		if i > 0 {
			a.printf("\n")
		}
		a.printReport(r)
	}
	return nil
}

// verdictOf is the verdict on what a run has written; empty where there is none.
func verdictOf(r activities.Report) string {
	if r.Validation == nil {
		return ""
	}
	return r.Validation.Verdict
}
