package files

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"audienceflow/audience"
)

var (
	errNotRegular = errors.New("it is no regular file")
	errKernelFile = errors.New("it belongs to the operating system, not to an export")
)

// OpenLocal opens a local file that is read as it is, such as one of corrections, if the
// activation's sources may stand there too. Its error names host and path.
func OpenLocal(path string, a audience.Activation, sourceRoots []string) (*os.File, error) {
	return RootsFor(a, sourceRoots).open(path)
}

// open opens a regular file.
func (r roots) open(path string) (*os.File, error) {
	p, err := r.enter(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = p.root.Close() }() // it is only read
	if err := regular(p.root.Stat(p.way)); err != nil {
		return nil, r.unopened(path, err)
	}
	// What has become a pipe or a device since must not make the opening wait.
	file, err := p.root.OpenFile(p.way, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, r.unopened(path, err)
	}
	err = regular(file.Stat())
	if err == nil && ofKernel(file) {
		err = errKernelFile
	}
	if err != nil {
		return nil, errors.Join(r.unopened(path, err), file.Close())
	}
	return file, nil
}

func regular(info fs.FileInfo, err error) error {
	if err == nil && !info.Mode().IsRegular() {
		return errNotRegular
	}
	return err
}

// stat tells what is at a path.
func (r roots) stat(path string) (fs.FileInfo, error) {
	p, err := r.enter(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = p.root.Close() }() // it is only read
	info, err := p.root.Stat(p.way)
	if err != nil {
		return nil, r.unopened(path, err)
	}
	return info, nil
}

// folder opens a folder as a root of its own.
func (r roots) folder(path string) (*os.Root, error) {
	p, err := r.enter(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = p.root.Close() }() // it is only read
	folder, err := p.root.OpenRoot(p.way)
	if err != nil {
		return nil, r.unopened(path, err)
	}
	return folder, nil
}

// unopened explains an error of a root: a link that leads out of it is refused as if it led there
// in the first place.
func (r roots) unopened(path string, err error) error {
	if strings.Contains(err.Error(), "path escapes") { // the package os does not export this error
		return r.refusal(path)
	}
	return unseen(path, err)
}
