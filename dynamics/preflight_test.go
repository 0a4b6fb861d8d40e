package dynamics_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics"
)

// environment answers a preflight; deny gives another answer to some requests.
func environment(t *testing.T, deny func(w http.ResponseWriter, r request) bool) *fake {
	return newFake(t, func(w http.ResponseWriter, r request) {
		switch {
		case deny != nil && deny(w, r):
		case r.Path == "WhoAmI":
			whoAmI(w, r)
		case strings.HasPrefix(r.Path, "EntityDefinitions"):
			serveMetadata(w, r)
		case r.Path == "contacts":
			reply(w, `{"value":[]}`)
		case r.Path == "sdkmessagefilters":
			reply(w, `{"value":[{"sdkmessagefilterid":"%s"}]}`, contactID(1))
		case r.Method == http.MethodPatch:
			require.Equal(t, "*", r.Header.Get("If-Match"))
			refuse(w, http.StatusNotFound, "0x80040217", "contact With Id = x Does Not Exist")
		default:
			refuse(w, http.StatusNotFound, "0x8006088a", "Resource not found for the segment.")
		}
	})
}

var activation = dynamics.PreflightInput{MappingID: "vipstatus", Words: []string{"realized", "exited"}, Targets: []string{"FirstName", "Email"}}

func verdicts(r dynamics.PreflightResult) map[string]bool {
	v := map[string]bool{}
	for _, s := range r.Steps {
		v[s.Name] = s.OK
	}
	return v
}

func step(t *testing.T, r dynamics.PreflightResult, name string) dynamics.Step {
	t.Helper()
	for _, s := range r.Steps {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no step %q in %+v", name, r.Steps)
	return dynamics.Step{}
}

func TestPreflightOfAGoodEnvironment(t *testing.T) {
	f := environment(t, nil)
	r, err := f.client().Preflight(t.Context(), activation)
	require.NoError(t, err)
	require.True(t, r.OK(), r.Steps)
	require.Equal(t, "acme_vipstatus", r.StatusColumn.LogicalName)
	require.Equal(t, "emailaddress1", r.Columns[1].LogicalName)
	require.True(t, r.UpdateMultiple)
	require.Equal(t, contactID(2), r.UserID)
	require.Contains(t, step(t, r, "column Email").Detail, "emailaddress1 (Email), string")
}

func TestPreflightNamesWhatIsMissing(t *testing.T) {
	for name, tc := range map[string]struct {
		deny      func(w http.ResponseWriter, r request) bool
		in        dynamics.PreflightInput
		step, fix string
	}{
		"no application user": {func(w http.ResponseWriter, r request) bool {
			refuse(w, 403, "0x80072560", "The user is not a member of the organization.")
			return true
		}, activation, "who am I", "Application users"},
		"read": {func(w http.ResponseWriter, r request) bool {
			if r.Path == "contacts" {
				refuse(w, 403, "0x80040220", "missing prvReadContact")
			}
			return r.Path == "contacts"
		}, activation, "read contact", "security role"},
		"write, by the probe": {func(w http.ResponseWriter, r request) bool {
			if r.Method == http.MethodPatch {
				refuse(w, 403, "0x80040220", "missing prvWriteContact")
			}
			return r.Method == http.MethodPatch
		}, activation, "write contact", "security role"},
		"write, by Dynamics' function": {func(w http.ResponseWriter, r request) bool {
			if strings.Contains(r.Path, "RetrieveUserPrivilegeByPrivilegeName") {
				reply(w, `{"RolePrivileges":[]}`)
				return true
			}
			return false
		}, activation, "write contact", "security role"},
		"column security": {func(w http.ResponseWriter, r request) bool {
			if r.Method == http.MethodPatch && strings.Contains(r.Body, "acme_secret") {
				refuse(w, 403, "0x8004f507", "Caller user does not have update permissions to a acme_secret secured field")
				return true
			}
			return false
		}, dynamics.PreflightInput{MappingID: "secret"}, "column security", "column security profile"},
		"status column": {nil, dynamics.PreflightInput{MappingID: "vipstatsu", Words: []string{"realized"}}, "status column", "publish"},
		"target":        {nil, dynamics.PreflightInput{Targets: []string{"FirstName", "nope"}}, "column nope", "logical name"},
	} {
		t.Run(name, func(t *testing.T) {
			f := environment(t, tc.deny)
			r, err := f.client().Preflight(t.Context(), tc.in)
			require.NoError(t, err)
			require.False(t, r.OK())
			s := step(t, r, tc.step)
			require.False(t, s.OK)
			require.Contains(t, s.Fix, tc.fix)
			require.False(t, strings.HasPrefix(s.Detail, s.Name+": "), "the step is named beside it")
			for _, got := range f.requests() {
				require.True(t, got.Method == http.MethodGet || got.Method == http.MethodPatch && !strings.Contains(got.Path, contactID(1)), "nothing is written")
			}
		})
	}
}

func TestPreflightSkipsWhatCannotBeChecked(t *testing.T) {
	f := environment(t, nil)
	f.secret = "another"
	r, err := f.client().Preflight(t.Context(), activation)
	require.NoError(t, err)
	require.Equal(t, map[string]bool{
		"token": false, "who am I": false, "read contact": false, "columns of contact": false, "status column": false,
		"column FirstName": false, "column Email": false, "write contact": false, "UpdateMultiple": false,
	}, verdicts(r))
	require.Contains(t, step(t, r, "token").Fix, "DYNAMICS_CLIENT_SECRET")
	require.False(t, step(t, r, "token").Skipped)
	require.True(t, step(t, r, "write contact").Skipped)
	require.Empty(t, f.requests())
}

func TestPreflightGivesBackWhatMayPass(t *testing.T) {
	f := environment(t, func(w http.ResponseWriter, _ request) bool {
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	})
	_, err := f.client().Preflight(t.Context(), activation)
	require.True(t, errorOf(t, err, dynamics.Unavailable).Temporary())
}

func TestPreflightFindsThatThereIsNoUpdateMultiple(t *testing.T) {
	there := false
	f := environment(t, func(w http.ResponseWriter, r request) bool {
		if r.Path != "sdkmessagefilters" || there {
			return false
		}
		reply(w, `{"value":[]}`)
		return true
	})
	c := f.client()
	r, err := c.Preflight(t.Context(), activation)
	require.NoError(t, err)
	require.True(t, r.OK())
	require.False(t, r.UpdateMultiple)
	before := len(f.requests())
	_, err = c.Update(t.Context(), updates(2))
	require.NoError(t, err)
	require.Equal(t, "$batch", f.requests()[before].Path)
	there = true
	r, err = c.Preflight(t.Context(), activation)
	require.NoError(t, err)
	require.True(t, r.UpdateMultiple)
	before = len(f.requests())
	_, err = c.Update(t.Context(), updates(2))
	require.NoError(t, err)
	require.Contains(t, f.requests()[before].Path, "UpdateMultiple", "from now on")
}
