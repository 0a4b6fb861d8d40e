package activities

import "audienceflow/dynamics"

const (
	// requestsPerMinute is what the requests limit allows one user on one web server: 6,000 in 5 minutes.
	// https://learn.microsoft.com/power-apps/developer/data-platform/api-limits
	requestsPerMinute = 1_200
	// busyRequests is what the execution time limit allows on average: 1,200 seconds of work in 300.
	busyRequests = 4
	// secondsPerRow is a cautious guess at what a row costs Dynamics where no plug-in is registered.
	secondsPerRow = 0.015
)

// forecast gives the requests that rows need, and the minutes that these take on one web server.
func forecast(rows int64, requestSize int) (requests int64, minutes float64) {
	if requestSize <= 0 {
		requestSize = dynamics.DefaultRequestSize
	}
	requests = (rows + int64(requestSize) - 1) / int64(requestSize)
	byRequests := float64(requests) / requestsPerMinute
	byWork := float64(rows) * secondsPerRow / busyRequests / 60
	return requests, max(byRequests, byWork)
}
