package command

import (
	"audienceflow/activities"
	"audienceflow/report"
)

// printReports prints one report, or several as a list.
func (a *App) printReports(reports []activities.Report) error {
	a.addDetails(reports)
	for i, r := range reports {
		reports[i] = report.Complete(r)
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
