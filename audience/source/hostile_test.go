package source_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/audience/files"
	"audienceflow/audience/source"
)

// kept is the content of the file that must not be read from outside its folder.
const kept = "Quarzfeder-kept"

// fortress is a folder of sources beside one that is nobody's business.
type fortress struct{ base, inside, outside string }

func newFortress(t *testing.T) fortress {
	t.Helper()
	base := t.TempDir()
	f := fortress{base: base, inside: filepath.Join(base, "in"), outside: filepath.Join(base, "in-not")}
	for _, folder := range []string{f.inside, filepath.Join(f.inside, "deep"), f.outside} {
		require.NoError(t, os.MkdirAll(folder, 0o700))
	}
	require.NoError(t, os.WriteFile(filepath.Join(f.inside, "vip.ndjson"), []byte(member(guidA)+"\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(f.outside, "vip.ndjson"), []byte(kept+"\n"+member(guidB)+"\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(f.outside, "manifest.json"), []byte(`{"flowRunId":"`+kept+`","exportResults":[]}`), 0o600))
	link := func(target, name string) { require.NoError(t, os.Symlink(target, filepath.Join(f.inside, name))) }
	link(filepath.Join(f.outside, "vip.ndjson"), "file.ndjson")
	link("../in-not/vip.ndjson", "relative.ndjson")
	link(f.outside, "folder")
	link("folder/vip.ndjson", "chain.ndjson")
	link("deep/../../in-not/vip.ndjson", "dots.ndjson")
	link("/", "top")
	link("/proc/self", "process")
	link("/proc/self/environ", "environ.csv")
	link("/dev/stdin", "stdin.csv")
	link("/dev/zero", "zero.csv")
	link("loop.ndjson", "loop.ndjson")
	link(filepath.Join(f.outside, "absent.ndjson"), "dangling.ndjson")
	require.NoError(t, syscall.Mkfifo(filepath.Join(f.inside, "pipe.ndjson"), 0o600))
	return f
}

// hostileSources are ways out of a folder of sources.
func (f fortress) hostileSources() []string {
	in := f.inside
	return []string{
		filepath.Join(f.outside, "vip.ndjson"), f.outside, f.outside + "/*.ndjson", f.base + "/*/vip.ndjson", f.base, f.base + "/in*/*",
		in + "/../in-not/vip.ndjson", in + "/deep/../../in-not/vip.ndjson", in + "-not/vip.ndjson", "in-not/vip.ndjson", "../in-not/vip.ndjson",
		in + "/file.ndjson", in + "/relative.ndjson", in + "/folder", in + "/folder/vip.ndjson", in + "/folder/*.ndjson", in + "/f*/*.ndjson",
		in + "/f*", in + "/chain.ndjson", in + "/dots.ndjson", in + "/top/etc/passwd", in + "/top" + f.outside + "/vip.ndjson", in + "/top/*/passwd",
		in + "/process/environ", in + "/process/root" + f.outside + "/vip.ndjson", in + "/process/fd/0", in + "/environ.csv", in + "/stdin.csv",
		in + "/zero.csv", in + "/pipe.ndjson", in + "/loop.ndjson", in + "/dangling.ndjson", in + "/folder/absent.ndjson", in,
		"/", "/*", "/etc/passwd", "/etc/shadow", "/etc/*", "/proc/self/environ", "/proc/self/cwd/../environ", "/proc/thread-self/environ", "/proc/1/environ",
		"/proc/self/root" + f.outside + "/vip.ndjson", "/proc/self/fd/0", "/proc/*/environ", "/proc/self/mem", "/dev/stdin", "/dev/fd/0", "/dev/zero",
		"/dev/null", "/dev/shm", "/sys/kernel", "/sys/kernel/notes", "//proc/self/environ", "/./proc/self/environ", "/tmp/../proc/self/environ",
		"file:///etc/passwd", "FILE:///proc/self/environ", "http://127.0.0.1/latest/meta-data", "mem://x/y", "gs://b/k?private_key_path=/etc/shadow",
		"gs://b/k?access_id=x", "gs://b/k?universe_domain=example.org", "azblob://c/k?domain=example.org", "azblob://c/k?protocol=http",
		"s3://b/k?profile=admin", "s3://b/k?role=arn:aws:iam::1:role/x", "", "\x00", in + "/vip.ndjson\x00/../../in-not/vip.ndjson",
	}
}

// TestNoWayOutOfTheRoots tries each way out, by SOURCE_ROOTS and by the activation's own folder, as
// a source and as a file of corrections.
func TestNoWayOutOfTheRoots(t *testing.T) {
	f := newFortress(t)
	t.Chdir(f.inside)
	socket, err := net.Listen("unix", "socket.ndjson")
	require.NoError(t, err)
	defer func() { require.NoError(t, socket.Close()) }()
	require.Greater(t, len(f.hostileSources()), 60)
	for _, roots := range [][]string{nil, {f.inside}, {".", f.inside}, {f.inside, "/", "/proc", "/dev", "/sys", ""}} {
		for _, path := range append(f.hostileSources(), f.inside+"/socket.ndjson") {
			a := jsonActivation()
			a.Folder, a.Source.URL = f.inside, path
			o := source.Options{Now: now, Roots: roots}
			r, err := source.Open(t.Context(), a, o)
			if err == nil {
				_, err = drain(t, r)
				require.NoError(t, r.Close())
			}
			var refused *audience.SourceError
			require.ErrorAs(t, err, &refused, "%v: %s", roots, path)
			require.NotEqual(t, audience.CauseFormat, refused.Cause, "%v: %s was read: %v", roots, path, err)
			require.NotContains(t, err.Error(), kept)
			require.NotContains(t, err.Error(), "root:")
			if strings.Contains(path, "?") {
				require.Contains(t, err.Error(), "source.url: it", "a driver is not even asked")
			}
			file, err := files.OpenLocal(path, a, o.Roots)
			require.Error(t, err, "%v: %s", roots, path)
			require.Nil(t, file)
		}
	}
}

// TestKernelFilesAreRefusedWhereverTheyAreMounted needs no mount: the file system tells itself.
func TestRootsMayNotBeTheSystem(t *testing.T) {
	for _, wrong := range []string{"/", "/proc", "/proc/self", "/sys", "/dev", "/dev/shm", "//", "/./proc", "/tmp/../dev"} {
		require.ErrorContains(t, files.CheckRoots([]string{t.TempDir(), wrong}), "SOURCE_ROOTS", wrong)
	}
	require.NoError(t, files.CheckRoots([]string{"/processed", "/device", "exports", "/srv", ""}))
	f := newFortress(t)
	for _, folder := range []string{"/", "/proc/self", f.inside + "/process", f.inside + "/top", "."} {
		a := jsonActivation()
		a.Folder, a.Source.URL = folder, "/proc/self/environ"
		_, err := source.Open(t.Context(), a, source.Options{Now: now})
		require.ErrorContains(t, err, "nothing is ever read from /, /proc, /sys and /dev", folder)
	}
}

// TestWaysInside are those that stay within the roots.
func TestWaysInside(t *testing.T) {
	f := newFortress(t)
	plain := filepath.Join(f.inside, "vip.ndjson")
	require.NoError(t, os.Symlink(plain, f.inside+"/absolute.ndjson"))
	require.NoError(t, os.Symlink("../vip.ndjson", f.inside+"/deep/up.ndjson"))
	require.NoError(t, os.Symlink("deep", f.inside+"/deeper"))
	require.NoError(t, os.Symlink(f.inside, f.base+"/alias"))
	t.Chdir(f.inside)
	for _, roots := range [][]string{nil, {f.inside}, {f.base + "/alias"}, {"."}, {f.base + "/absent", f.inside + "/"}, {" " + f.inside}} {
		for _, path := range []string{plain, "vip.ndjson", "deep/../vip.ndjson", f.inside + "/absolute.ndjson", f.inside + "/deep/up.ndjson",
			f.inside + "/deep", f.inside + "/deeper", f.inside + "/deeper/*.ndjson", f.inside + "/d*p/u*", f.inside + "/v*.ndjson",
			f.base + "/alias/vip.ndjson", f.base + "/alias/v*", "/proc/self/root" + plain} {
			a := jsonActivation()
			a.Folder, a.Source.URL = f.inside, path
			r, err := source.Open(t.Context(), a, source.Options{Now: now, Roots: roots})
			require.NoError(t, err, "%v: %s", roots, path)
			require.Equal(t, "9fd6@1", contacts(t, r), "%v: %s", roots, path)
			require.NoError(t, r.Close())
		}
	}
}

// TestRefusalSaysTheLine prints what the operator has to set.
func TestRefusalSaysTheLine(t *testing.T) {
	f := newFortress(t)
	other := filepath.Join(f.outside, "vip.ndjson")
	for _, test := range []struct {
		roots []string
		url   string
		line  string
	}{
		{nil, other, "SOURCE_ROOTS=" + f.outside}, {[]string{f.inside}, other, "SOURCE_ROOTS=" + f.inside + "," + f.outside},
		{[]string{f.inside}, f.outside + "/*/x*.csv", "SOURCE_ROOTS=" + f.inside + "," + f.base}, {nil, "/exports", "SOURCE_ROOTS=/exports"},
	} {
		a := jsonActivation()
		a.Folder, a.Source.URL = f.inside, test.url
		_, err := source.Open(t.Context(), a, source.Options{Now: now, Roots: test.roots})
		require.ErrorContains(t, err, test.line)
		if len(test.roots) == 0 && !strings.Contains(test.url, "*") && test.url != "/exports" {
			_, err = source.Open(t.Context(), a, source.Options{Now: now, Roots: []string{strings.TrimPrefix(test.line, "SOURCE_ROOTS=")}})
			require.False(t, isForbidden(err), "the printed line allows it: %v", err)
		}
	}
}

func isForbidden(err error) bool {
	var e *audience.SourceError
	return errors.As(err, &e) && e.Cause == audience.CauseForbidden
}

// TestSwappedLink opens a name that is a file at one moment and a link to the outside at the next.
func TestSwappedLink(t *testing.T) {
	f := newFortress(t)
	name := filepath.Join(f.inside, "swapped.ndjson")
	plain, link := filepath.Join(f.base, "plain"), filepath.Join(f.base, "link")
	done, swapped := make(chan struct{}), make(chan error, 1)
	go func() {
		for i := 0; ; i++ {
			select {
			case <-done:
				swapped <- nil
				return
			default:
			}
			err := errors.Join(os.WriteFile(plain, []byte(member(guidA)+"\n"), 0o600), os.Rename(plain, name),
				os.Symlink(filepath.Join(f.outside, "vip.ndjson"), link), os.Rename(link, name))
			if err != nil {
				swapped <- fmt.Errorf("swap %d: %w", i, err)
				return
			}
		}
	}()
	a := jsonActivation()
	a.Folder, a.Source.URL = f.inside, name
	for range 3000 {
		r, err := source.Open(t.Context(), a, source.Options{Now: now})
		if err != nil {
			continue
		}
		records, err := drain(t, r)
		require.NoError(t, r.Close())
		for _, record := range records {
			require.Equal(t, guidA, record.Contact, "%v", err)
		}
	}
	close(done)
	require.NoError(t, <-swapped)
}
