package source

import (
	"context"
	"errors"
	"io"
	"time"

	"audienceflow/audience"
	"audienceflow/audience/profile"
	"audienceflow/runs"
)

// DecodeOptions are what decoding a body needs from its caller.
type DecodeOptions struct {
	// Now is the arrival, the asOf of the body's records; zero means time.Now.
	Now time.Time
	// MaxBytes bounds the body once it is unpacked; zero means no bound.
	MaxBytes int64
	// MaxRecords bounds the body's records, and the memberships that they give:
	// a few bytes of JSON may be one. Zero means no bound.
	MaxRecords int
	// Seen counts for each of the activations what the body holds of it; nil, or a
	// nil in it, for nobody who asks.
	Seen []*Seen
}

// MappedRecord is a record of one of the activations given to DecodeProfiles.
type MappedRecord struct {
	// Activation is the activation's index.
	Activation int             `json:"activation"`
	Record     audience.Record `json:"record"`
}

// Decoded is what a body held.
type Decoded struct {
	// Received counts the records of the body, unreadable ones included.
	Received int64
	// Ignored counts the profiles that are of none of the activations.
	Ignored int64
	// Records are the memberships, usable or excluded, of the activations, in
	// the order of the body. Position counts the body's records.
	Records []MappedRecord
	// Profiles counts the records that are profiles, or may be but are unreadable.
	Profiles int64
	// Unreadable are the records that are no profile.
	Unreadable []audience.Record
}

// maxProfile bounds one profile of a body: looking an audience up in a profile
// takes as long as the profile is large, for each of the activations.
const (
	maxProfile   = 1 << 20
	largeProfile = "longer than 1 MiB"
)

// BodyError says why a body is refused as a whole.
type BodyError struct {
	Message string
	// TooLarge tells that the unpacked body is longer than MaxBytes or holds
	// more than MaxRecords; else it is cut or no JSON.
	TooLarge bool
	Err      error
}

// Error gives the message, which holds nothing of the body.
func (e *BodyError) Error() string {
	if e.Err != nil {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

// Unwrap gives the error underneath, if any.
func (e *BodyError) Unwrap() error { return e.Err }

// DecodeProfiles reads a body of AEP profiles, packed or not: one object,
// objects in lines, a list, {"profiles": [...]}, or aggregated by audience. A
// profile may be of several activations, and gives a record for each. A
// profile that cannot be read costs its neighbours nothing; a body that is cut,
// no JSON or too large is a *BodyError as a whole. It ends early with ctx.
func DecodeProfiles(ctx context.Context, body io.Reader, activations []audience.Activation, o DecodeOptions) (Decoded, error) {
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	now := o.Now.UTC().Truncate(time.Microsecond)
	decoders := make([]*profile.Decoder, len(activations))
	for i, a := range activations {
		reading := profile.Reading{Now: now, AsOf: now}
		if o.Seen != nil {
			reading.Seen = o.Seen[i]
		}
		d, err := profile.NewDecoder(a, reading)
		if err != nil {
			return Decoded{}, err
		}
		decoders[i] = d
	}
	in, err := unpack(body)
	if err != nil {
		return Decoded{}, bodyError(err)
	}
	defer in.close()
	b := bodyDecoder{frames: jsonFrames{w: newWindow(bounded(in, o.MaxBytes))}, decoders: decoders, most: o.MaxRecords}
	if err := b.run(ctx); err != nil {
		return Decoded{}, bodyError(err)
	}
	if b.out.Received == b.noJSON && b.frames.shaped == 0 {
		return Decoded{}, &BodyError{Message: "the body is no JSON; send one profile, a list of profiles, or one profile in each line"}
	}
	if b.out.Profiles == 0 {
		return Decoded{}, &BodyError{Message: "the body holds no profile: a profile has identityMap or identities, and segmentMembership or " +
			profile.SegmentsKey + ", or stands in the list of an audienceId"}
	}
	return b.out, nil
}

type bodyDecoder struct {
	frames   jsonFrames
	decoders []*profile.Decoder
	members  []profile.Member
	out      Decoded
	noJSON   int64
	most     int // records, and memberships; 0: any number
}

func (b *bodyDecoder) run(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		frame, err := b.frames.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		b.frame(frame)
		if b.most > 0 && (b.out.Received > int64(b.most) || len(b.out.Records) > b.most) {
			return errTooLarge
		}
	}
}

// frame reads one record of the body for every activation.
func (b *bodyDecoder) frame(frame jsonFrame) {
	b.out.Received++
	if len(frame.data) > maxProfile {
		frame.broken = largeProfile
	}
	p, bad := frame.profile(b.members)
	if bad != "" {
		if frame.syntax || bad == noUTF8 { // JSON is UTF-8
			b.noJSON++
		}
		b.out.Unreadable = append(b.out.Unreadable, audience.Record{Position: b.out.Received, Line: frame.line,
			Kind: audience.RecordExcluded, Reason: runs.ReasonUnreadable, Detail: bad})
		if bad != noObject {
			b.out.Profiles++
		}
		return
	}
	b.members = p.Members
	mapped, known := false, false
	for i, d := range b.decoders {
		known = known || d.IsProfile(p, frame.env)
		r := d.Read(p, frame.env)
		if r.Kind == audience.RecordIgnored {
			continue
		}
		r.Position, r.Line = b.out.Received, frame.line
		b.out.Records = append(b.out.Records, MappedRecord{Activation: i, Record: r})
		mapped = true
	}
	if known || mapped {
		b.out.Profiles++
	}
	if !mapped {
		b.out.Ignored++
	}
}

// errTooLarge says that a body is longer than its bound.
var errTooLarge = errors.New("the body is too large")

// bounded fails with errTooLarge behind max bytes.
func bounded(r io.Reader, max int64) io.Reader {
	if max <= 0 {
		return r
	}
	return &boundedReader{r: r, left: max}
}

type boundedReader struct {
	r    io.Reader
	left int64
}

func (b *boundedReader) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}

func bodyError(err error) error {
	var cut *audience.SourceError
	switch {
	case errors.Is(err, errTooLarge):
		return &BodyError{Message: "the body is too large; send fewer profiles at once", TooLarge: true}
	case errors.As(err, &cut):
		return &BodyError{Message: "the body is cut or no JSON; send one profile, a list of profiles, or one profile in each line"}
	case isCutStream(err):
		return &BodyError{Message: "the compressed body is cut or damaged", Err: err}
	}
	return err
}
