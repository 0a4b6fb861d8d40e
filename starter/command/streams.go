package command

import (
	"context"
	"time"

	"audienceflow/activities"
	"audienceflow/store"
	"audienceflow/workflows"
)

// streamType is the workflow type of streams.
const streamType = workflows.StreamAudienceType

// addBacklog brings the backlog of a stream's report up to date, where the starter can look into the store: the workflow itself
// knows only how it was when it last looked, which is long ago for one that is paused.
func (a *App) addBacklog(ctx context.Context, r *activities.Report) {
	if r.Kind != activities.KindStream {
		return
	}
	kept, err := a.storeOf(ctx, r.StoreID)
	if err != nil {
		return // the report stays as the workflow gave it
	}
	defer a.closeStore(kept)
	state, err := kept.Stream(ctx, store.StreamKey{Destination: r.Destination, Audience: r.Audience})
	if err != nil {
		return
	}
	status := activities.StreamStatusOf(state, time.Now())
	r.Stream = &status
}

func secondsText(seconds float64) string {
	return time.Duration(seconds * float64(time.Second)).Round(time.Millisecond).String()
}
