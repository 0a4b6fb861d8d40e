package dynamics_test

import (
	"compress/gzip"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics"
)

// foreign are answers that something else than Dynamics gives in its place, or that are not wholly
// its own.
var foreign = map[string]func(w http.ResponseWriter, r request){
	"HTML":             page(http.StatusOK),
	"maintenance 403":  page(http.StatusForbidden),
	"captive 404":      page(http.StatusNotFound),
	"proxy's 400":      page(http.StatusBadRequest),
	"proxy's 407":      page(http.StatusProxyAuthRequired),
	"accepted":         bare(http.StatusAccepted, "application/json", `{}`),
	"another's array":  bare(http.StatusOK, "application/json", `[{"id":1}]`),
	"another's object": bare(http.StatusOK, "application/json", `{"value":[]}`),
	"another's 204":    bare(http.StatusNoContent, "", ""),
	"another's error":  bare(http.StatusForbidden, "application/json", `{"error":{"code":"Forbidden","message":"You do not have access."}}`),
	"gateway's error":  bare(http.StatusNotFound, "application/json", `{"statusCode":404,"message":"Resource not found"}`),
	"nothing":          bare(http.StatusOK, "application/json", ""),
	"another's parts":  bare(http.StatusOK, "multipart/mixed; boundary=x", "--x\r\n\r\nhello\r\n--x--\r\n"),
	"truncated":        func(w http.ResponseWriter, _ request) { reply(w, `{"value":[{"contactid":"000`) },
	"null":             func(w http.ResponseWriter, _ request) { reply(w, `null`) },
	"context of others": func(w http.ResponseWriter, _ request) {
		bareOData(w, `{"@odata.context":"https://graph.example/v1.0/$metadata#users","value":[]}`)
	},
	"no context": func(w http.ResponseWriter, _ request) { bareOData(w, `{"value":[]}`) },
	"as text": func(w http.ResponseWriter, r request) {
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprintf(w, `{"@odata.context":%q,"value":[]}`, w.(odata).context)
	},
	"broken gzip": func(w http.ResponseWriter, r request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Type", "application/json")
		var b strings.Builder
		zip := gzip.NewWriter(&b)
		fmt.Fprintf(zip, `{"@odata.context":%q,"value":[]}`, w.(odata).context)
		_ = zip.Close()
		fmt.Fprint(w, b.String()[:b.Len()-6]+"broken")
	},
}

// page answers with HTML, as proxies and sign-in pages do.
func page(status int) func(http.ResponseWriter, request) {
	return bare(status, "text/html; charset=utf-8", "<!DOCTYPE html><title>Sign in</title>")
}

// bare answers without anything of OData.
func bare(status int, kind, body string) func(http.ResponseWriter, request) {
	return func(w http.ResponseWriter, _ request) {
		w.Header().Del("OData-Version")
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

func bareOData(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprint(w, body)
}

// reads are all ways in which the client reads.
var reads = map[string]func(ctx context.Context, c *dynamics.Client) error{
	"who am I": func(ctx context.Context, c *dynamics.Client) error { _, err := c.WhoAmI(ctx); return err },
	"metadata": func(ctx context.Context, c *dynamics.Client) error { _, err := c.Table(ctx); return err },
	"read contacts": func(ctx context.Context, c *dynamics.Client) error {
		_, err := c.ReadContacts(ctx, ids(2), readColumns(), dynamics.ReadOptions{})
		return err
	},
	"scan": func(ctx context.Context, c *dynamics.Client) error {
		return c.ScanContacts(ctx, "", nil, func([]dynamics.Contact) error { return nil })
	},
	"count": func(ctx context.Context, c *dynamics.Client) error {
		_, err := c.CountContacts(ctx, status, "realized")
		return err
	},
}

func TestNoReadingBelievesWhatIsNotDynamics(t *testing.T) {
	for name, read := range reads {
		for answer, give := range foreign {
			t.Run(name+"/"+answer, func(t *testing.T) {
				f := newFake(t, give)
				e := errorOf(t, read(t.Context(), f.client()), dynamics.Unavailable)
				require.True(t, e.Temporary(), "it is waited for")
				require.NotContains(t, e.Error(), "may not do this")
			})
		}
	}
}

func TestNoStepOfThePreflightBelievesWhatIsNotDynamics(t *testing.T) {
	steps := map[string]func(r request) bool{
		"who am I":       func(r request) bool { return r.Path == "WhoAmI" },
		"read contact":   func(r request) bool { return r.Path == "contacts" },
		"columns":        func(r request) bool { return strings.HasPrefix(r.Path, "EntityDefinitions") },
		"columns' types": func(r request) bool { return strings.Contains(r.Path, "StringAttributeMetadata") },
		"privilege":      func(r request) bool { return strings.HasPrefix(r.Path, "systemusers") },
		"write probe":    func(r request) bool { return r.Method == http.MethodPatch },
		"UpdateMultiple": func(r request) bool { return r.Path == "sdkmessagefilters" },
	}
	for name, hit := range steps {
		for answer, give := range foreign {
			if name == "privilege" && answer == "null" {
				continue
			}
			t.Run(name+"/"+answer, func(t *testing.T) {
				f := environment(t, func(w http.ResponseWriter, r request) bool {
					if hit(r) {
						give(w, r)
					}
					return hit(r)
				})
				_, err := f.client().Preflight(t.Context(), activation)
				requireError(t, err, dynamics.Unavailable)
			})
		}
	}
}

func TestNoUpdateBelievesWhatIsNotDynamics(t *testing.T) {
	for kind, ask := range map[string]struct {
		path string
		rows int
	}{"UpdateMultiple": {"UpdateMultiple", 3}, "$batch": {"$batch", 3}, "PATCH": {"contacts(", 1}} {
		for answer, give := range foreign {
			t.Run(kind+"/"+answer, func(t *testing.T) {
				c := newContacts(t, never)
				f := newFake(t, func(w http.ResponseWriter, r request) {
					switch {
					case strings.Contains(r.Path, ask.path):
						give(w, r)
					case strings.Contains(r.Path, "UpdateMultiple"):
						refuse(w, http.StatusNotFound, "0x8006088a", "Resource not found for the segment.")
					default:
						c.serve(w, r)
					}
				})
				results, err := f.client().Update(t.Context(), updates(ask.rows))
				e := errorOf(t, err, dynamics.Unknown, "read back")
				require.True(t, e.Temporary())
				for _, r := range results {
					require.Equal(t, dynamics.RowUnknown, r.State)
				}
				require.LessOrEqual(t, len(f.requests()), 2, "not sent again")
			})
		}
	}
}

// TestPartsOfABatchAreDynamicsOwn: each part is judged as the answer to a request of its own would
// be.
func TestPartsOfABatchAreDynamicsOwn(t *testing.T) {
	const head = "--batchresponse_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
	own := func(n int) string {
		return head + "HTTP/1.1 204 No Content\r\nOData-Version: 4.0\r\nOData-EntityId: [org]contacts(" + contactID(n) + ")\r\n\r\n\r\n"
	}
	for name, second := range map[string]string{
		"HTML":         head + "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>\r\n",
		"bare 204":     head + "HTTP/1.1 204 No Content\r\n\r\n\r\n",
		"another row":  own(7),
		"page of 403":  head + "HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\n\r\n<html>\r\n",
		"bare 500":     head + "HTTP/1.1 500 Internal Server Error\r\n\r\n\r\n",
		"cut":          "",
		"left out 204": "--batchresponse_1--\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			var f *fake
			f = newFake(t, func(w http.ResponseWriter, r request) {
				if r.Path != "$batch" {
					refuse(w, http.StatusNotFound, "0x8006088a", "Resource not found for the segment.")
					return
				}
				w.Header().Set("Content-Type", "multipart/mixed; boundary=batchresponse_1")
				body := own(0) + second
				if name != "cut" && !strings.HasSuffix(second, "--\r\n") {
					body += "--batchresponse_1--\r\n"
				}
				fmt.Fprint(w, strings.ReplaceAll(body, "[org]", f.URL+apiPath))
			})
			results, err := f.client().Update(t.Context(), updates(2))
			requireError(t, err, dynamics.Unknown)
			require.Equal(t, dynamics.RowUnknown, results[1].State)
			if name != "cut" {
				require.Equal(t, dynamics.RowWritten, results[0].State)
			}
		})
	}
}

func TestMoreAnswersThanWereAskedForAreNoAnswer(t *testing.T) {
	c := newContacts(t, never)
	f := newFake(t, func(w http.ResponseWriter, r request) {
		if r.Path == "$batch" {
			r.Body = strings.Replace(r.Body, "\r\n--batch_", "\r\n--batch_", 1)
			w.Header().Set("Content-Type", "multipart/mixed; boundary=b")
			for range 3 {
				fmt.Fprint(w, "--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 204 No Content\r\nOData-Version: 4.0\r\n\r\n\r\n")
			}
			fmt.Fprint(w, "--b--\r\n")
			return
		}
		refuse(w, http.StatusNotFound, "0x8006088a", "Resource not found for the segment.")
	})
	results, err := f.client().Update(t.Context(), updates(2))
	requireError(t, err, dynamics.Unknown)
	require.Equal(t, dynamics.RowUnknown, results[0].State)
	require.Empty(t, c.written)
}

func TestAnotherEnvironmentIsRefused(t *testing.T) {
	t.Run("context of another host", func(t *testing.T) {
		for name, read := range reads {
			f := newFake(t, func(w http.ResponseWriter, r request) {
				bareOData(w, `{"@odata.context":"https://other.crm.dynamics.com/api/data/v9.2/$metadata#`+contextOf(r.Path)+`","value":[]}`)
			})
			e := errorOf(t, read(t.Context(), f.client()), dynamics.Misconfigured, "another environment")
			require.False(t, e.Temporary(), name)
		}
	})
}

// TestAnswersToAnotherQuestionAreNotBelieved: a cache or a proxy may give Dynamics' answer to
// somebody else's request.
func TestAnswersToAnotherQuestionAreNotBelieved(t *testing.T) {
	row := func(n int, more string) string { return fmt.Sprintf(`{"contactid":%q%s}`, contactID(n), more) }
	full := `,"acme_vipstatus":"realized","creditlimit":1,"_parentcustomerid_value":null,"donotemail":true`
	for name, body := range map[string]string{
		"a contact that was not asked for": row(9, full),
		"the same contact twice":           row(1, full) + "," + row(1, full),
		"without a column":                 row(1, `,"acme_vipstatus":"realized","creditlimit":1,"_parentcustomerid_value":null`),
		"without an id":                    `{"acme_vipstatus":"realized"}`,
		"no rows":                          `1,2`,
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, func(w http.ResponseWriter, _ request) { reply(w, `{"value":[%s]}`, body) })
			_, err := f.client().ReadContacts(t.Context(), ids(2), readColumns(), dynamics.ReadOptions{})
			requireError(t, err, dynamics.Unavailable, "not one of the Dataverse Web API")
		})
	}
	for _, n := range []string{`"41"`, `-1`, `1.5`, `null`, `{}`, `true`} {
		f := newFake(t, func(w http.ResponseWriter, _ request) { reply(w, `{"value":[{"n":%s}]}`, n) })
		_, err := f.client().CountContacts(t.Context(), status, "realized")
		requireError(t, err, dynamics.Unavailable, "not one of the Dataverse Web API")
	}
	for _, body := range []string{`{"value":[{"SchemaName":"x"}]}`, `{"value":[]}`, `{"value":{}}`, `{}`} {
		f := newFake(t, func(w http.ResponseWriter, _ request) { reply(w, "%s", body) })
		_, err := f.client().Table(t.Context())
		requireError(t, err, dynamics.Unavailable, "not one of the Dataverse Web API")
	}
}
