package source

import (
	"bytes"
	"errors"
	"io"
	"os"
)

// randomAccess is a file that can be read at any place.
type randomAccess interface {
	io.ReaderAt
	io.ReadCloser
}

// atAnyPlace gives the file itself where it can be read at any place, else a
// temporary copy of it. start was already read of it.
func atAnyPlace(file io.ReadCloser, start []byte) (randomAccess, error) {
	if direct, ok := file.(randomAccess); ok {
		return direct, nil
	}
	copied, err := spool(io.MultiReader(bytes.NewReader(start), file))
	return copied, errors.Join(err, file.Close())
}

// spool copies a stream into a temporary file that can be read at any place.
func spool(in io.Reader) (*os.File, error) {
	file, err := os.CreateTemp("", "audience-*.parquet")
	if err != nil {
		return nil, err
	}
	// Without a name the file goes away with its last user, however that ends.
	if err := os.Remove(file.Name()); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if _, err := io.Copy(file, in); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}
