package simulator

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"
)

// organizationFile holds, in a data folder, the id of the organization whose contacts it keeps.
const organizationFile = "organization"

// organizationOf is the id of the organization of a data folder: its own, given to it when it is
// made, as a copied environment has another id than its model. Without a folder, and in a folder of
// contacts that names none, it is the fixed one.
func organizationOf(dir string) (string, error) {
	if dir == "" {
		return organizationID, nil
	}
	path := filepath.Join(dir, organizationFile)
	text, err := os.ReadFile(path)
	switch {
	case err == nil:
		id, ok := parseGUID(strings.TrimSpace(string(text)))
		if !ok {
			return "", fmt.Errorf("%s holds no organization id: delete the data folder to begin anew", path)
		}
		return id.String(), nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("read the organization's id: %w", err)
	}
	if _, err := os.Stat(filepath.Join(dir, journalName)); err == nil {
		return organizationID, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make the data folder: %w", err)
	}
	id := uuid.NewString()
	if err := os.WriteFile(path, []byte(id+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("keep the organization's id: %w", err)
	}
	return id, nil
}
