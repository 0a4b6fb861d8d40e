package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
	"audienceflow/starter/command"
)

func TestWrongSettingsStopBeforeAnyWrite(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		options   simulator.Options
		set       map[string]string
		mappingID string
		says      string
	}{
		"secret":      {set: map[string]string{"CLIENT_SECRET": "wrong"}, says: "secret"},
		"tenant":      {set: map[string]string{"TENANT_ID": "22222222-2222-2222-2222-222222222222"}, says: "tenant"},
		"column":      {mappingID: "goldstatus", says: "goldstatus"},
		"date column": {options: simulator.Options{Columns: []string{"acme_since:date"}}, mappingID: "since", says: "acme_since"},
		"short":       {options: simulator.Options{Columns: []string{"acme_short:string:5"}}, mappingID: "short", says: "acme_short"},
		"privilege":   {options: simulator.Options{Deny: []string{"prvWriteContact"}}, says: "prvWriteContact"},
		"host":        {set: map[string]string{"ENVIRONMENT": "https://nohost.invalid", "AUTHORITY": ""}, says: "nohost.invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			tt.options.Contacts, tt.options.Seed = 50, 7
			w := newWorld(t, tt.options)
			for key, value := range tt.set {
				w.set(key, value)
			}
			if name == "host" {
				w.set("AUTHORITY", w.dynamics.URL)
			}
			w.startWorker()
			file := w.activation(w.profiles("vip.ndjson", firstTime, oneInFour, w.contacts()))
			if tt.mappingID != "" {
				file = w.write("other.yaml", "destination: "+w.destination+"\naudience: vip\nmappingId: "+tt.mappingID+
					"\nsource: {url: vip.ndjson, contactId: contactId}\n")
			}

			report := w.report(command.ExitFailed, "activate", "-f", file)

			require.Contains(t, report.Reason, tt.says)
			require.Empty(t, w.writes())
		})
	}
}
