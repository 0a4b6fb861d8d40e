package dynamics_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics"
	"audienceflow/dynamics/simulator"
)

// fetch gets a text from the simulator's control endpoints.
func fetch(t testing.TB, url string) string {
	resp, err := http.Get(url)
	require.NoError(t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode, string(data))
	return string(data)
}

// environmentOf starts a simulator and a client of it.
func environmentOf(t testing.TB, o simulator.Options, changes ...func(*dynamics.Config)) (*simulator.Server, *dynamics.Client, []string) {
	t.Helper()
	o.Columns = append(o.Columns, "vipstatus:string:100", "tier:choice", "score:decimal", "since:date", "interests:choices")
	server, err := simulator.New(o)
	require.NoError(t, err)
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	cfg := config(func(c *dynamics.Config) { c.Environment = web.URL })
	for _, change := range changes {
		change(&cfg)
	}
	c, err := dynamics.New(cfg)
	require.NoError(t, err)
	return server, c, strings.Fields(fetch(t, web.URL+"/_simulator/contacts"))
}

func TestWholeWayThroughTheSimulator(t *testing.T) {
	server, c, ids := environmentOf(t, simulator.Options{Contacts: 1200})
	r, err := c.Preflight(t.Context(), dynamics.PreflightInput{MappingID: "VipStatus", Words: []string{"realized", "exited"}, Targets: []string{
		"First Name", "Email", "Birthday", "donotemail", "creditlimit", "numberofchildren", "preferredcontactmethodcode", "parentcustomerid_account", "acme_score", "acme_interests",
	}})
	require.NoError(t, err)
	require.True(t, r.OK(), r.Steps)
	texts := []string{"Zoë", "z@example.com", "1980-02-29", "true", "1234.567", "3", "Email", "", "2.5", "Option 3; Option 1"}
	rows := make([]dynamics.Update, 1000)
	for i := range rows {
		rows[i] = dynamics.Update{ContactID: ids[i], Values: []dynamics.Assignment{{Column: r.StatusColumn, Value: text("realized")}}}
		for n, column := range r.Columns {
			a := dynamics.Assignment{Column: &column}
			if texts[n] != "" {
				value, err := column.Canonical(texts[n])
				require.NoError(t, err)
				a.Value = &value
			}
			rows[i].Values = append(rows[i].Values, a)
		}
	}
	results, err := c.Update(t.Context(), rows)
	require.NoError(t, err)
	for i, result := range results {
		require.Equal(t, dynamics.RowWritten, result.State, "row %d: %v", i, result.Err)
	}
	columns := append([]dynamics.Column{*r.StatusColumn}, r.Columns...)
	found, err := c.ReadContacts(t.Context(), ids[:1000], columns, dynamics.ReadOptions{Modified: true})
	require.NoError(t, err)
	require.Len(t, found, 1000)
	for _, contact := range found {
		for i, a := range rows[0].Values {
			require.Equal(t, a.Value, contact.Values[i], columns[i].LogicalName)
		}
	}
	require.Equal(t, r.UserID, found[0].ModifiedBy)
	require.WithinDuration(t, time.Now(), found[0].ModifiedOn, time.Minute)
	n, err := c.CountContacts(t.Context(), *r.StatusColumn, "realized")
	require.NoError(t, err)
	require.EqualValues(t, 1000, n)
	seen := 0
	require.NoError(t, c.ScanContacts(t.Context(), r.StatusColumn.NotNull(), columns, func(page []dynamics.Contact) error {
		seen += len(page)
		return nil
	}))
	require.Equal(t, 1000, seen)
	require.Equal(t, 1000, server.Stats().RowsWritten)
}

// Whatever a word holds, a condition finds it again.
func TestEveryWordIsFound(t *testing.T) {
	_, c, ids := environmentOf(t, simulator.Options{Contacts: 20})
	words := []string{
		"in\n", "in\r\n", "\nin", "a\tb", "O'Brian", "''", "a+b", "a%20b", "100%", "a&b=c", "#1", "a/b?c", `"quoted"`, `back\slash`, "Ünal 日本 😀", "null", "true", "(x) or 1 eq 1",
	}
	for n, word := range words {
		column := status
		_, err := c.Update(t.Context(), []dynamics.Update{{ContactID: ids[n], Values: []dynamics.Assignment{{Column: &column, Value: &word}}}})
		require.NoError(t, err)
	}
	for n, word := range words {
		var found []string
		require.NoError(t, c.ScanContacts(t.Context(), status.Equals(word), []dynamics.Column{status}, func(page []dynamics.Contact) error {
			for _, contact := range page {
				found = append(found, contact.ID)
				require.Equal(t, word, *contact.Values[0])
			}
			return nil
		}))
		require.Equal(t, []string{ids[n]}, found, "%q", word)
		count, err := c.CountContacts(t.Context(), status, word)
		require.NoError(t, err)
		require.EqualValues(t, 1, count, "%q", word)
	}
}

func TestPrivilegesOfTheSimulator(t *testing.T) {
	for privilege, name := range map[string]string{"prvWriteContact": "write contact", "prvReadContact": "read contact"} {
		server, c, _ := environmentOf(t, simulator.Options{Contacts: 1, Deny: []string{privilege}})
		r, err := c.Preflight(t.Context(), dynamics.PreflightInput{MappingID: "vipstatus"})
		require.NoError(t, err)
		require.False(t, step(t, r, name).OK, r.Steps)
		require.Contains(t, step(t, r, name).Detail, privilege)
		require.Zero(t, server.Stats().RowsWritten)
	}
}

func TestNoRowIsWrittenTwiceWhateverHappens(t *testing.T) {
	for _, fault := range []simulator.Fault{
		{Kind: "cut-after", Match: "UpdateMultiple", Count: 1}, {Kind: "cut-before", Match: "UpdateMultiple", Count: 1},
		{Kind: "status", Status: 503, Match: "UpdateMultiple", Count: 1}, {Kind: "cut-after", Match: "$batch", Count: 1},
	} {
		server, c, ids := environmentOf(t, simulator.Options{Contacts: 50})
		require.NoError(t, server.AddFault(fault))
		require.NoError(t, server.AddFault(simulator.Fault{Kind: "plugin", IDs: ids[7:8]}))
		rows := statusUpdates(ids[:50])
		results, err := c.Update(t.Context(), rows)
		require.Error(t, err)
		for _, r := range results {
			require.Equal(t, dynamics.RowUnknown, r.State, fault.Kind)
		}
		found, err := c.ReadContacts(t.Context(), ids[:50], []dynamics.Column{status}, dynamics.ReadOptions{})
		require.NoError(t, err)
		there := map[string]bool{}
		for _, contact := range found {
			there[contact.ID] = contact.Values[0] != nil
		}
		var rest []dynamics.Update
		for _, row := range rows {
			if !there[row.ContactID] {
				rest = append(rest, row)
			}
		}
		_, err = c.Update(t.Context(), rest)
		require.NoError(t, err)
		require.Equal(t, 49, server.Stats().RowsWritten, fault.Kind)
	}
}

func statusUpdates(ids []string) []dynamics.Update {
	rows := make([]dynamics.Update, len(ids))
	for i, id := range ids {
		rows[i] = dynamics.Update{ContactID: id, Values: []dynamics.Assignment{{Column: &status, Value: text("realized")}}}
	}
	return rows
}

func TestExpiredTokensAndDeadlocksGoUnnoticed(t *testing.T) {
	server, c, ids := environmentOf(t, simulator.Options{Contacts: 20})
	require.NoError(t, c.SignIn(t.Context()))
	require.NoError(t, server.AddFault(simulator.Fault{Kind: "expired-tokens"}))
	require.NoError(t, server.AddFault(simulator.Fault{Kind: "deadlock", Count: 2}))
	_, err := c.Update(t.Context(), statusUpdates(ids))
	require.NoError(t, err)
	require.Equal(t, 20, server.Stats().RowsWritten)
}

func TestWithoutBulkMessagesTheSimulatorIsUpdatedByBatch(t *testing.T) {
	server, c, ids := environmentOf(t, simulator.Options{Contacts: 20, NoUpdateMultiple: true})
	r, err := c.Preflight(t.Context(), dynamics.PreflightInput{MappingID: "vipstatus"})
	require.NoError(t, err)
	require.True(t, r.OK(), r.Steps)
	require.False(t, r.UpdateMultiple)
	_, fresh, _ := environmentOf(t, simulator.Options{Contacts: 20, NoUpdateMultiple: true})
	for _, client := range []*dynamics.Client{c, fresh} {
		_, err = client.Update(t.Context(), statusUpdates(ids))
		require.NoError(t, err)
	}
	require.Equal(t, 20, server.Stats().RowsWritten)
}

func TestWrongSettingsAgainstTheSimulatorNameTheFix(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*dynamics.Config)
		says   []string
	}{
		"secret": {func(c *dynamics.Config) { c.Secret = func() (string, error) { return "wrong", nil } }, []string{"AADSTS7000215", "DYNAMICS_CLIENT_SECRET"}},
		"tenant": {func(c *dynamics.Config) { c.TenantID = contactID(4) }, []string{"AADSTS90002", "belongs to tenant " + tenant, "Set DYNAMICS_TENANT_ID to " + tenant}},
		"client": {func(c *dynamics.Config) { c.ClientID = contactID(4) }, []string{"AADSTS700016", "DYNAMICS_CLIENT_ID"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, c, _ := environmentOf(t, simulator.Options{}, tc.change)
			r, err := c.Preflight(t.Context(), dynamics.PreflightInput{MappingID: "vipstatus"})
			require.NoError(t, err)
			for _, says := range tc.says {
				require.Contains(t, step(t, r, "token").Detail, says)
			}
		})
	}
}

func TestUnsuitableColumnsOfTheSimulator(t *testing.T) {
	_, c, _ := environmentOf(t, simulator.Options{Columns: []string{"tiny:string:5", "story:memo"}})
	for id, says := range map[string]string{
		"since": "is of type date", "tiny": "holds 5 characters", "story": "is of type memo", "vipstats": "did you mean acme_vipstatus",
	} {
		r, err := c.Preflight(t.Context(), dynamics.PreflightInput{MappingID: id, Words: []string{"realized", "exited"}})
		require.NoError(t, err)
		require.False(t, r.OK())
		require.Contains(t, step(t, r, "status column").Detail, says)
	}
}

func TestCertificateSignsInToTheSimulator(t *testing.T) {
	bundle := certificate(t)
	_, c, _ := environmentOf(t, simulator.Options{Certificate: bundle}, func(c *dynamics.Config) {
		c.Secret, c.Certificate = nil, func() ([]byte, error) { return bundle, nil }
	})
	_, err := c.WhoAmI(t.Context())
	require.NoError(t, err)
	other := certificate(t)
	_, c, _ = environmentOf(t, simulator.Options{Certificate: bundle}, func(c *dynamics.Config) {
		c.Secret, c.Certificate = nil, func() ([]byte, error) { return other, nil }
	})
	requireError(t, c.SignIn(t.Context()), dynamics.Misconfigured, "AADSTS")
}

// certificate makes a PEM with a self-signed certificate and its key.
func certificate(t *testing.T) []byte {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	return append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})...)
}
