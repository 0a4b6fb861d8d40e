package activation

import (
	"slices"
	"strings"
	"time"

	"audienceflow/audience"
)

func (d *fileReader) alerts(f *draft) []audience.Alert {
	var alerts []audience.Alert
	for _, t := range f.alerts {
		if !t.to.given() {
			continue
		}
		alert := audience.Alert{To: t.to.value}
		for _, event := range t.on {
			if event.given() && !slices.Contains(audience.AlertEvents, event.value) {
				d.problems.add(event.line, "alerts.on: %s is nothing that is told; %s", printable(event.value), didYouMean(event.value, audience.AlertEvents))
			}
			alert.On = append(alert.On, event.value)
		}
		d.target(t.to)
		alerts = append(alerts, alert)
	}
	return alerts
}

// target checks whom an alert goes to.
func (d *fileReader) target(t text) {
	if t.value == "" {
		d.problems.add(t.line, "alerts.to is missing: give a URL, or a name whose URL stands in the worker's environment")
		return
	}
	if !strings.Contains(t.value, "://") {
		if !environmentName.MatchString(t.value) {
			d.problems.add(t.line, "an entry of alerts must be a URL such as generic+https://example.org/hook, or a name whose URL stands in the worker's environment")
		}
		return
	}
	if what := credentialIn(t.value); what != "" {
		d.problems.add(t.line, "the alert URL holds a credential (%s), which must not stand in a file; give it a name here and the URL to the worker's environment as ALERT_<NAME>_URL", what)
	}
}

func (d *fileReader) expectEvery(t text) time.Duration {
	if !t.given() {
		return 0
	}
	every, err := time.ParseDuration(t.value)
	if err != nil || every < time.Minute {
		d.problems.add(t.line, "expectEvery must be a time of a minute or more, such as 26h or 90m")
	}
	return every
}
