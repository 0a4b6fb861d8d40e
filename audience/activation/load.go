package activation

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"audienceflow/audience"
)

// maxFileBytes bounds an activation file; real ones are a few kilobytes.
const maxFileBytes = 1 << 20

// Load reads the activation file at path: one Activation, or several when
// it lists audiences. A *FileError holds everything that is wrong with it.
func Load(path string) ([]audience.Activation, error) {
	problem := &FileError{Path: path}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		problem.add(0, "there is no such file; give the path of an activation file")
	case err != nil:
		problem.add(0, "the file cannot be read: %v", pathCause(err))
	case info.IsDir():
		problem.add(0, "this is a folder; give the path of an activation file in it")
	case info.Size() > maxFileBytes:
		problem.add(0, "the file is larger than %d KiB, so it is no activation file", maxFileBytes>>10)
	}
	if err := problem.orNil(); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		problem.add(0, "the file cannot be read: %v", pathCause(err))
		return nil, problem
	}
	return Parse(data, path)
}

// Parse is LoadFile on the file's bytes. path is where the file stands: a
// relative source.url is taken from its folder, and problems are named by it.
func Parse(data []byte, path string) ([]audience.Activation, error) {
	problems := &FileError{Path: path}
	root := parseYAML(data, problems)
	if root == nil {
		return nil, problems.orNil()
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("make %s absolute: %w", path, err)
	}
	d := &fileReader{folder: filepath.Dir(absolute), problems: problems}
	activations := d.file(root)
	if err := problems.orNil(); err != nil {
		return nil, err
	}
	for i := range activations {
		activations[i].Folder = d.folder
	}
	return activations, nil
}

// pathCause gives the system's reason without the path, which the message
// already starts with.
func pathCause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
