package simulator

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// keepPrivate takes the rights of others from the rows kept in DIR, and from DIR itself once it
// holds nothing but them.
func keepPrivate(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		ours, err := filepath.Match(journalName+"*", entry.Name())
		if err != nil || !ours && entry.Name() != organizationFile {
			return err
		}
		if err := restrict(filepath.Join(dir, entry.Name()), 0o600); err != nil {
			return err
		}
	}
	if len(entries) == 0 {
		return nil
	}
	return restrict(dir, 0o700)
}

// restrict takes away the rights beyond the given ones. What is somebody else's is left to them.
func restrict(path string, most fs.FileMode) error {
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&^most == 0 {
		return err
	}
	if err := os.Chmod(path, info.Mode().Perm()&most); !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return nil
}
