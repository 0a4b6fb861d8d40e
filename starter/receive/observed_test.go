package receive_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/store/inbox"
)

// TestAPathThatNothingHasIsNoted: a misspelt path leaves its column empty, and a stream is never
// read whole.
func TestAPathThatNothingHasIsNoted(t *testing.T) {
	member := func(i int, key, time string) string {
		return fmt.Sprintf(`{"identityMap":{"contactId":[{"id":"9fd6cf7c-1b86-4cd3-9b1e-%012d"}]},"person":{"name":{%q:"Ann"}},
			"segmentMembership":{"ups":{"vip":{"status":"realized","lastQualificationTime":%q}}}}`, i, key, time)
	}
	stranger := strings.ReplaceAll(member(0, "firstName", ""), `"vip"`, `"other"`)
	const when = "2026-11-20T08:00:00Z"
	for name, c := range map[string]struct {
		bodies []string
		notes  []string // of what the store holds at the end; none: it was never told
	}{
		"never met":             {many(100, func(i int) string { return member(i, "frstName", when) }), []string{"mapping person.name.firstName", "person.name.frstName", "100"}},
		"by strangers alone":    {append(many(100, func(i int) string { return member(i, "frstName", when) }), stranger), []string{"mapping person.name.firstName"}},
		"met at last":           {append(many(150, func(i int) string { return member(i, "frstName", when) }), member(7, "firstName", when)), []string{""}},
		"too few to tell":       {many(99, func(i int) string { return member(i, "frstName", when) }), nil},
		"strangers do not tell": {many(200, func(int) string { return strings.ReplaceAll(stranger, "firstName", "frstName") }), nil},
		"times of another form": {many(100, func(i int) string { return member(i, "firstName", "20.11.2026") }), []string{"none of the 100 qualification times can be read"}},
		"all as it should be":   {many(100, func(i int) string { return member(i, "firstName", when) }), []string{""}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFront(t, &memory{})
			for _, body := range c.bodies {
				code, _ := f.post([]byte(body))
				require.Equal(t, http.StatusAccepted, code)
			}
			f.stop()
			notes, told := f.inbox.notes[inbox.StreamKey{Destination: "dynamics", Audience: "vip"}]
			require.Equal(t, c.notes != nil, told, notes)
			for _, words := range c.notes {
				require.Contains(t, notes, words)
				require.Equal(t, words == "", notes == "")
			}
		})
	}
}

func many(n int, body func(i int) string) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = body(i)
	}
	return all
}
