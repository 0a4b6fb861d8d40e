package audience

import "io"

// jsonSource reads AEP JSON for one audience.
type jsonSource struct {
	frames  jsonFrames
	decoder *decoder
	members []member
}

func newJSONSource(r io.Reader, d *decoder) *jsonSource {
	return &jsonSource{frames: jsonFrames{w: newWindow(r)}, decoder: d}
}

func (s *jsonSource) next() (Record, error) {
	frame, err := s.frames.next()
	if err != nil {
		return Record{}, err
	}
	p, bad := frame.profile(s.members)
	if bad != "" {
		return Record{Line: frame.line, Kind: RecordExcluded, Reason: ReasonUnreadable, Detail: bad}, nil
	}
	s.members = p.members
	record := s.decoder.read(p, frame.env)
	record.Line = frame.line
	return record, nil
}

// profile reads the frame's profile, or says why there is none.
func (f jsonFrame) profile(reuse []member) (p profile, bad string) {
	if f.broken != "" {
		return profile{}, f.broken
	}
	p, ok := readProfile(f.data, reuse)
	if !ok {
		return profile{}, noUTF8
	}
	return p, ""
}
