package source_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/audience/source"
	"audienceflow/runs"
)

func sdkProfile(guid, add, remove string) string {
	return `{"identities":[{"type":"ecid","id":"1"},{"type":"ContactID","id":"` + guid + `"}],"person":{"name":{"firstName":"Ada"}},` +
		`"AdobeExperiencePlatformSegments":{"add":[` + add + `],"remove":[` + remove + `]}}`
}

// TestDestinationSDKBodies reads what templates of the Destination SDK make of profiles, as a body
// and as a file.
func TestDestinationSDKBodies(t *testing.T) {
	added, removed := sdkProfile(guidA, `"x","vip"`, ``), sdkProfile(guidB, ``, `"vip"`)
	realized, exited := "9fd6 realized", "28c4 exited"
	for name, test := range map[string]struct {
		body string
		want []string
	}{
		"profiles":              {`{"profiles":[` + added + `,` + removed + `]}`, []string{realized, exited}},
		"a list":                {`[` + added + `,` + removed + `]`, []string{realized, exited}},
		"alone":                 {added, []string{realized}},
		"lines":                 {added + "\n" + removed, []string{realized, exited}},
		"keys in another order": {`{"AdobeExperiencePlatformSegments":{"remove":["vip"],"add":[]},"identities":[{"id":"` + guidB + `","type":"contactId"}]}`, []string{exited}},
		"in both lists":         {sdkProfile(guidB, `"vip"`, `"vip"`), []string{exited}},
		"by namespace":          {strings.ReplaceAll(added, `"type"`, `"namespace"`), []string{realized}},
		"of another audience":   {sdkProfile(guidA, `"x"`, `"y"`), []string{"ignored"}},
		"a membership counts more": {strings.Replace(added, `{`, `{"segmentMembership":{"ups":{"vip":{"status":"exited"}}},`, 1),
			[]string{"9fd6 exited"}},
		"attributes as a list": {`{"attributes":[{"contactId":"` + guidA + `","AdobeExperiencePlatformSegments":{"add":["vip"],"remove":[]}}]}`, []string{realized}},
		"attributes, several": {`{"attributes":[{"contactId":"` + guidA + `","AdobeExperiencePlatformSegments":{"add":["vip"]}},{"contactId":"` + guidB +
			`","AdobeExperiencePlatformSegments":{"remove":["vip"]}}]}`, []string{realized, exited}},
		"attributes of a profile": {strings.Replace(added, `{`, `{"attributes":[{"a":1}],`, 1), []string{realized}},
		"aggregated, no status":   {`{"audienceId":"vip","audienceNamespace":"ups","profiles":[{"contactId":"` + guidA + `","firstName":"Hermione"}]}`, []string{realized}},
		"aggregated, keys behind": {`{"profiles":[{"contactId":"` + guidB + `"}],"audienceNamespace":"ups","audienceStatus":"exited","audienceId":"vip"}`, []string{exited}},
		"aggregated by segment":   {`{"segmentId":"vip","segmentNamespace":"ups","segmentStatus":"realized","profiles":[{"contactId":"` + guidA + `"}]}`, []string{realized}},
		"aggregated, identities":  {`{"audienceId":"vip","profiles":[{"identities":[{"type":"contactId","id":"` + guidA + `"}],"firstName":"Harry"}]}`, []string{realized}},
		"aggregated, no identity": {`{"audienceId":"vip","audienceNamespace":"ups","profiles":[{"firstName":"Jerry"}]}`, []string{runs.ReasonMissingContactID}},
		"aggregated, of another":  {`{"audienceId":"788d8874","profiles":[{"firstName":"Jerry"},{"firstName":"Harry"}]}`, []string{"ignored", "ignored"}},
	} {
		t.Run(name, func(t *testing.T) {
			told := func(r audience.Record) string {
				switch r.Kind {
				case audience.RecordIgnored:
					return "ignored"
				case audience.RecordExcluded:
					return r.Reason
				}
				return r.Contact[:4] + " " + string(r.Status)
			}
			r, err := open(t, jsonActivation(), "a.json", test.body)
			require.NoError(t, err)
			records, err := drain(t, r)
			require.NoError(t, err)
			var got []string
			for _, record := range records {
				got = append(got, told(record))
				if record.Kind == audience.RecordRow && !strings.Contains(test.body, "segmentMembership") {
					require.Equal(t, r.AsOf(), record.Time, "these forms have no times")
				}
			}
			require.Equal(t, test.want, got)

			body, err := source.DecodeProfiles(t.Context(), strings.NewReader(test.body), []audience.Activation{jsonActivation()}, source.DecodeOptions{Now: now})
			require.NoError(t, err)
			require.EqualValues(t, len(test.want), body.Profiles)
			got = nil
			for _, record := range body.Records {
				got = append(got, told(record.Record))
			}
			for range body.Ignored {
				got = append(got, "ignored")
			}
			require.Equal(t, test.want, got)
		})
	}
}
