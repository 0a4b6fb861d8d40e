package source

import (
	"errors"
	"io"

	"audienceflow/audience"
	"audienceflow/audience/profile"
	"audienceflow/runs"
)

// jsonSource reads AEP JSON for one audience.
type jsonSource struct {
	frames  jsonFrames
	decoder *profile.Decoder
	members []profile.Member
	records int64
	noJSON  int64 // of records
}

func newJSONSource(r io.Reader, d *profile.Decoder) *jsonSource {
	return &jsonSource{frames: jsonFrames{w: newWindow(r)}, decoder: d}
}

// nothingJSON says of a file that a name or an activation is wrong about it.
const nothingJSON = "none of its lines is JSON; where it is a table, say source.format: csv, else export it again"

func (s *jsonSource) next() (audience.Record, error) {
	frame, err := s.frames.next()
	if errors.Is(err, io.EOF) && s.noJSON > 0 && s.noJSON == s.records && s.frames.shaped == 0 {
		return audience.Record{}, &audience.SourceError{Cause: audience.CauseFormat, Message: nothingJSON}
	}
	if err != nil {
		return audience.Record{}, err
	}
	s.records++
	p, bad := frame.profile(s.members)
	if bad != "" {
		if frame.syntax {
			s.noJSON++
		}
		return audience.Record{Line: frame.line, Listed: frame.listed, Kind: audience.RecordExcluded, Reason: runs.ReasonUnreadable, Detail: bad}, nil
	}
	s.members = p.Members
	record := s.decoder.Read(p, frame.env)
	record.Line, record.Listed = frame.line, frame.listed
	return record, nil
}

// Profile reads the frame's profile, or says why there is none.
func (f jsonFrame) profile(reuse []profile.Member) (p profile.Profile, bad string) {
	if f.broken != "" {
		return profile.Profile{}, f.broken
	}
	p, ok := profile.Parse(f.data, reuse)
	if !ok {
		return profile.Profile{}, noUTF8
	}
	return p, ""
}

// refuseStray stops at a file among others whose text is no JSON from its
// start: each of its lines would be a record that cannot be read.
func (s *jsonSource) refuseStray() error {
	err := s.frames.skipMark()
	var first byte
	if err == nil {
		first, err = s.frames.w.skipSpace()
	}
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return err
	case first == '{' || first == '[':
		return nil
	}
	return &audience.SourceError{Cause: audience.CauseFormat,
		Message: "this file stands among those of the source and holds no JSON; move it away, or name the others by a pattern, such as folder/*.ndjson"}
}
