package dynamics_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics"
)

var update = flag.Bool("update", false, "write docs/errors.md from the catalogue")

// TestErrorsPageIsTheCatalogue keeps docs/errors.md equal to the catalogue. After a change:
//
//	go test ./dynamics -run ErrorsPage -update
func TestErrorsPageIsTheCatalogue(t *testing.T) {
	path := filepath.Join("..", "docs", "errors.md")
	want := errorsPage()
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, want, 0o644))
	}
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), "run go test ./dynamics -run ErrorsPage -update")
}

const errorsIntroduction = `# Errors

Every failure of Dynamics, its sign-in and the way to them that a command, a log line or the Temporal UI shows comes from
this catalogue: what happened and why, whose job it is, and what to do. The same entry decides whether it is tried again.
Dynamics' own text is kept with the rejected row only, since it may hold contact ids and values. Rows that never reached
Dynamics have [reasons of their own](#rows-that-never-reached-dynamics). The catalogue is made from package ` + "`dynamics`" + `; a
test keeps it equal.

*Retried* means by itself: a throttled or unavailable destination is waited for as long as it takes, a deadlock is tried
again at once, and a request that was too large is sent in parts. Where the outcome of an update is not known (the
connection was cut, or no answer came in time), the contacts are read back and only what is missing is sent again.

| code | HTTP | reason | cause | whose job | what to do | retried |
| --- | --- | --- | --- | --- | --- | --- |
`

// errorsOfSources ends the page: package command has these texts.
const errorsOfSources = `
## Rows that never reached Dynamics

These are judged by Audienceflow itself, so ` + "`starter rejected`" + ` shows them without a code. ` + "`contact_not_found`" + ` and
` + "`invalid_value`" + ` can come from either side: with a code they are Dynamics' refusal of a row that was sent, explained above;
without one the row was never sent.

| reason | outcome | cause | whose job | what to do |
| --- | --- | --- | --- | --- |
| ` + "`missing_contact_id`" + ` | excluded | the record names no contact | owner of the source | map the contact's GUID to the identity contactId in the source |
| ` + "`invalid_contact_id`" + ` | excluded | the contact id is no GUID | owner of the source | send the contactid of Dynamics, hex 8-4-4-4-12 |
| ` + "`unknown_status`" + ` | excluded | the audience status is none of realized, existing, active, exited, exiting, expired | owner of the source | correct the status in the source |
| ` + "`unreadable_record`" + ` | excluded | the record cannot be read, and why not: not JSON, not UTF-8, too long, ... | owner of the source | mend this line of the source, or export it anew |
| ` + "`contact_not_found`" + ` | failed; of an ` + "`unmap`" + ` excluded | %[1]s | %[2]s | %[3]s |
| ` + "`invalid_value`" + ` | failed | a value does not fit its column, and the activation says ` + "`onBadValue: reject`" + ` | owner of the source | shorten or correct the value, or set onBadValue: skip |
| ` + "`changed_since`" + ` | excluded | somebody has changed the column since it was written, so ` + "`unmap`" + ` leaves it as it is | owner of the data in Dynamics 365 | clear it by hand if it should be empty |
`

func errorsPage() []byte {
	var b bytes.Buffer
	b.WriteString(errorsIntroduction)
	for _, x := range dynamics.Catalogue() {
		code, status, retried := "any other", "", "no"
		if x.Code != "" {
			code = "`" + x.Code + "`"
		}
		if x.Status != 0 {
			status = fmt.Sprint(x.Status)
		}
		if x.Retry {
			retried = "yes"
		}
		fmt.Fprintf(&b, "| %s | %s | `%s` | %s | %s | %s | %s |\n", code, status, x.Reason, x.Cause, x.Owner, x.Action, retried)
	}
	missing := dynamics.ExplainRejected("contact_not_found", "", "")
	fmt.Fprintf(&b, errorsOfSources, missing.Cause, missing.Owner, missing.Action)
	return b.Bytes()
}

func TestCatalogueIsComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, x := range dynamics.Catalogue() {
		key := fmt.Sprint(strings.ToLower(x.Code), "/", x.Status)
		if x.Code != "" {
			key = strings.ToLower(x.Code)
		}
		require.False(t, seen[key], "twice: %s", key)
		seen[key] = true
		require.NotEmpty(t, x.Reason, key)
		require.NotEmpty(t, x.Cause, key)
		require.NotEmpty(t, x.Owner, key)
		require.NotEmpty(t, x.Class, key)
		require.NotContains(t, x.Cause+x.Action, "|")
		require.False(t, strings.HasSuffix(x.Action, "."), key)
		temporary := (&dynamics.Error{Code: x.Code, StatusCode: x.Status}).Temporary()
		require.Equal(t, x.Retry, temporary || x.Class == dynamics.TooLarge, "retry of %s", key)
	}
}

func TestExplainAlwaysAnswers(t *testing.T) {
	require.Equal(t, "contact_not_found", dynamics.Explain("0X80040217", 404).Reason)
	require.Equal(t, "no_privilege", dynamics.Explain("0xdeadbeef", 403).Reason)
	require.Equal(t, "sign_in", dynamics.Explain("0x80040216", 401).Reason, "a 401 is about the token")
	for _, status := range []int{0, 200, 302, 402, 418, 500, 599} {
		x := dynamics.Explain("0xdeadbeef", status)
		require.NotEmpty(t, x.Cause)
		require.NotEmpty(t, x.Class)
		require.Equal(t, "0xdeadbeef", x.Code)
	}
}

// A row that was given up is explained by the reason that was kept with it, also where its code
// usually stands for another.
func TestARejectedRowIsExplainedByItsReason(t *testing.T) {
	for _, code := range []string{"", "0x80040217", "0x80060891", "0xdeadbeef"} {
		missing := dynamics.ExplainRejected("contact_not_found", code, "")
		require.Equal(t, "contact_not_found", missing.Reason)
		require.Equal(t, code, missing.Code)
		missing.Code = ""
		require.Equal(t, dynamics.ExplainRejected("contact_not_found", "", ""), missing, "one cause has one wording")
	}
	require.Contains(t, dynamics.ExplainRejected("contact_not_found", "", "").Cause, "no such contact")
	lookup := dynamics.ExplainRejected("invalid_value", "0x80040217", "")
	require.Contains(t, lookup.Cause, "a lookup points to a row")
	require.Equal(t, "0x80040217", lookup.Code)
	for _, reason := range []string{"no_privilege", "not_found", "changed_meanwhile", "invalid_value"} {
		require.Equal(t, reason, dynamics.ExplainRejected(reason, "0xdeadbeef", "").Reason)
	}
}

func TestErrorTextIsOneSafeLine(t *testing.T) {
	e := &dynamics.Error{Op: "update contacts", StatusCode: 400, Code: "0x80040265", Message: "Jane Doe\nis not welcome", RequestID: "abc"}
	require.Equal(t, "update contacts: HTTP 400 0x80040265: a plug-in of the environment refused the contact. Read the plug-in's text with the rejected row, correct the data or the plug-in, and replay (request id abc)", e.Error())
}
