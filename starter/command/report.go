package command

import "audienceflow/activities"

// printReports prints one report, or several as a list.
func (a *App) printReports(reports []activities.Report) error {
	a.addDetails(reports)
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
