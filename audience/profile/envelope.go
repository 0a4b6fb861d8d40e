package profile

import "github.com/tidwall/gjson"

// Envelope is what profiles aggregated by audience share.
type Envelope struct {
	Audience, namespace string // no namespace: any
	status, time        gjson.Result
}

// Take notes one member of the envelope.
func (e *Envelope) Take(key string, value []byte) {
	switch key {
	case "audienceId", "segmentId":
		e.Audience = scalarText(gjson.ParseBytes(value))
	case "audienceNamespace", "segmentNamespace":
		if ns := scalarText(gjson.ParseBytes(value)); ns != "" {
			e.namespace = ns
		}
	case "status", "audienceStatus", "segmentStatus":
		e.status = gjson.ParseBytes(value)
	case "lastQualificationTime":
		e.time = gjson.ParseBytes(value)
	}
}
