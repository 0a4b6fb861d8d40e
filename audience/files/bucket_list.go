package files

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"strings"

	"audienceflow/audience"
)

// BucketFolder is a storage service's bucket, and the object, folder or pattern in it
// that is the source.
type BucketFolder struct {
	name string // the URL without its parameters
	root string // the URL of the bucket alone
	key  string
	open Bucket
}

// OpenBucket opens the bucket of a URL. The drivers are those that the program
// imports; they sign in with the environment's credentials.
func OpenBucket(ctx context.Context, raw string) (*BucketFolder, error) {
	parsed, err := url.Parse(raw)
	if err != nil {
		return nil, &audience.SourceError{Cause: audience.CauseFormat, Source: "source.url", Message: "it is not a well-formed URL"}
	}
	if wrong := checkParameters(parsed); wrong != "" {
		return nil, &audience.SourceError{Cause: audience.CauseForbidden, Source: "source.url", Message: wrong}
	}
	b := &BucketFolder{root: parsed.Scheme + "://" + parsed.Host, key: strings.Trim(parsed.Path, "/")}
	b.name = b.root + "/" + b.key
	if openBucketURL == nil {
		return nil, &audience.SourceError{Cause: audience.CauseFormat, Source: b.root, Message: "this program was built without a reader of buckets"}
	}
	b.open, err = openBucketURL(ctx, b.root+parameters(parsed))
	if err != nil {
		// Its text repeats the URL, which may hold what is nobody's business.
		return nil, &audience.SourceError{Cause: audience.CauseFormat, Source: b.root,
			Message: fmt.Sprintf("the bucket cannot be opened from %s; check the URL's parameters (such as region and endpoint), and that the worker's environment has credentials", Host())}
	}
	return b, nil
}

// Close closes the bucket.
func (b *BucketFolder) Close() error { return b.open.Close() }

// explain turns an error of the storage service into one of the source. Its
// own text may hold signed addresses, so that the kind alone is told.
func (b *BucketFolder) explain(name string, err error) error {
	e := &audience.SourceError{Cause: audience.CauseRead, Source: name}
	switch code, refused := b.open.Cause(err); refused {
	case audience.CauseMissing:
		e.Cause, e.Message = audience.CauseMissing, "there is no such bucket or object; check the URL"
	case audience.CauseForbidden:
		e.Cause = audience.CauseForbidden
		e.Message = fmt.Sprintf("the worker on %s may not read it; check the credentials in its environment, and their rights", Host())
	default:
		e.Message = fmt.Sprintf("the storage service cannot be read from %s (%s); check the URL, the credentials in the worker's environment and the network", Host(), code)
	}
	return e
}

// List lists the object, the folder or the pattern's matches.
func (b *BucketFolder) List(ctx context.Context) (Listing, error) {
	l := Listing{Name: b.name}
	if !isPattern(b.key) {
		found, err := b.single(ctx, &l)
		if err != nil || found {
			return l, err
		}
	}
	prefix, wanted := b.key+"/", func(string) bool { return true }
	if isPattern(b.key) {
		prefix = b.key[:strings.IndexAny(b.key, "*?[")]
		wanted = func(name string) bool {
			matched, err := path.Match(b.key, strings.TrimPrefix(name, b.root+"/"))
			return err == nil && matched
		}
	}
	manifests, err := b.below(ctx, &l, prefix, wanted)
	if err != nil {
		return l, err
	}
	if err := l.checkManifests(manifests, wanted); err != nil {
		return l, err
	}
	return l, l.check()
}

// single lists the one object whose key is the source's, if there is one.
func (b *BucketFolder) single(ctx context.Context, l *Listing) (found bool, err error) {
	attributes, err := b.open.Attributes(ctx, b.key)
	if err != nil {
		if _, cause := b.open.Cause(err); cause == audience.CauseMissing {
			return false, nil
		}
		return false, b.explain(b.name, err)
	}
	stamp := "etag=" + attributes.ETag
	if attributes.ETag == "" {
		stamp = fmt.Sprintf("mtime=%d", attributes.ModTime.UnixNano())
	}
	l.Parts = []Part{b.part(b.key, attributes.Size, stamp)}
	l.Parts[0].modified = attributes.ModTime
	var beside Listing
	folder := strings.TrimSuffix(b.key, path.Base(b.key))
	manifests, err := b.below(ctx, &beside, folder+"manifest", func(string) bool { return false })
	if err != nil {
		return true, err
	}
	return true, l.checkManifests(naming(manifests, b.key), func(file string) bool { return file == b.name })
}

func naming(manifests []manifest, file string) []manifest {
	var found []manifest
	for _, m := range manifests {
		if m.names(file) {
			found = append(found, m)
		}
	}
	return found
}

// below adds the data objects with a prefix that are wanted, in the order of
// their keys, and gives the manifests among all of them.
func (b *BucketFolder) below(ctx context.Context, l *Listing, prefix string, wanted func(string) bool) ([]manifest, error) {
	var manifests []manifest
	objects := b.open.List(prefix)
	for len(l.Parts) <= maxParts {
		o, err := objects(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, b.explain(b.name, err)
		}
		if o.Size == 0 && strings.HasSuffix(o.Key, "/") || !isDataKey(strings.TrimPrefix(o.Key, prefix)) {
			continue
		}
		if mayManifest(o.Key) && o.Size <= maxManifestBytes {
			m, ok, err := b.manifest(ctx, o.Key)
			if err != nil {
				return nil, err
			}
			if ok {
				manifests = append(manifests, m)
				continue
			}
		}
		if wanted(b.root + "/" + o.Key) {
			p := b.part(o.Key, o.Size, fmt.Sprintf("mtime=%d md5=%s", o.ModTime.UnixNano(), hex.EncodeToString(o.MD5)))
			p.modified = o.ModTime
			l.Parts = append(l.Parts, p)
		}
	}
	return manifests, nil
}

// isDataKey is isData for each folder of a key.
func isDataKey(key string) bool {
	for _, name := range strings.Split(key, "/") {
		if !isData(name) && name != "" {
			return false
		}
	}
	return true
}

func (b *BucketFolder) manifest(ctx context.Context, key string) (m manifest, ok bool, err error) {
	data, err := b.read(ctx, key)
	if err != nil {
		return manifest{}, false, b.explain(b.root+"/"+key, err)
	}
	m, ok = readManifest(b.root+"/"+key, data)
	return m, ok, nil
}

func (b *BucketFolder) read(ctx context.Context, key string) ([]byte, error) {
	r, err := b.open.NewReader(ctx, key)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(r)
	return data, errors.Join(err, r.Close())
}

func (b *BucketFolder) part(key string, size int64, stamp string) Part {
	name := b.root + "/" + key
	return Part{Name: name, Size: size, stamp: stamp, asOf: exportTime(name),
		Open: func(ctx context.Context) (io.ReadCloser, error) {
			r, err := b.open.NewReader(ctx, key)
			if err != nil {
				return nil, b.explain(name, err)
			}
			return r, nil
		}}
}
