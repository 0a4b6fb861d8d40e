package command

import (
	"context"

	"audienceflow/activities"
)

// addDetails completes the reasons of runs that have failed at their sources with what the store keeps apart: words of a
// source do not travel through Temporal. Without the store the reasons are shorter.
func (a *App) addDetails(reports []activities.Report) {
	for i, r := range reports {
		if r.Status == activities.StatusFailed && r.FailureType == activities.ErrSourceUnusable {
			reports[i].Reason = withDetail(r.Reason, a.failureDetail(r.Run))
		}
	}
}

// failureDetail is what the store keeps of the failure of a run or a check, "" for nothing.
func (a *App) failureDetail(run string) string {
	ctx, cancel := context.WithTimeout(context.Background(), answerTime) // a command that is being ended still says why
	defer cancel()
	kept, err := a.openStore(ctx)
	if err != nil {
		return ""
	}
	defer a.closeStore(kept)
	detail, err := kept.FailureDetail(ctx, run)
	if err != nil {
		return ""
	}
	return detail
}

func withDetail(text, detail string) string {
	if detail == "" {
		return text
	}
	return text + "; " + detail
}
