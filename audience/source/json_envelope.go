package source

import (
	"bytes"
	"strings"

	"github.com/tidwall/gjson"

	"audienceflow/audience/profile"
)

// mayEnvelope tells, quickly and generously, whether an object may be more
// than a profile.
func mayEnvelope(data []byte) bool {
	return bytes.Contains(data, []byte(`"profiles"`)) || bytes.Contains(data, []byte(`"flowRunId"`)) || mayListAttributes(data)
}

// mayListAttributes tells whether an object may list its profiles as
// "attributes", as one template of the Destination SDK does: these have lists
// of segments, while a profile may have attributes of its own.
func mayListAttributes(data []byte) bool {
	return bytes.Contains(data, []byte(`"attributes"`)) && bytes.Contains(data, []byte(`"`+profile.SegmentsKey+`"`))
}

// findProfiles finds the list of profiles in an object that holds one, and the
// audience they are aggregated by, nil for none. The object may be cut within
// its list. A profile of its own may have a key "profiles" too: it is told by
// its memberships or identities.
func findProfiles(data []byte) (start int, env *profile.Envelope, ok bool) {
	found := profile.Envelope{}
	s := jsonScan{data: data}
	start = -1
	for i := s.space(1); i < len(data) && data[i] == '"'; {
		keyEnd := s.text(i)
		at := s.space(s.expect(s.space(keyEnd), ':') + 1)
		if s.fail != scanWhole || at >= len(data) {
			break
		}
		key := strings.TrimPrefix(gjson.ParseBytes(data[i:keyEnd]).Str, profile.XDMPrefix)
		if data[at] == '[' && (key == "profiles" || key == "attributes" && start < 0 && mayListAttributes(data)) {
			start = at
		}
		end := s.space(s.value(at, 1))
		if s.fail != scanWhole {
			break
		}
		if isProfileKey(key) {
			return 0, nil, false
		}
		found.Take(key, data[at:end])
		var done bool
		if i, done = s.next(end, '}'); done {
			break
		}
	}
	if start < 0 {
		return 0, nil, false
	}
	if found.Audience == "" {
		return start, nil, true
	}
	return start, &found, true
}

func isProfileKey(key string) bool {
	return key == "segmentMembership" || key == "identityMap" || key == profile.SegmentsKey
}
