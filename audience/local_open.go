package audience

import "os"

// OpenLocal opens a local file that is read as it is, such as one of corrections, if it lies below one of the roots
// (none: anywhere). Its error names host and path.
func OpenLocal(path string, roots []string) (*os.File, error) {
	p, err := localPart(path, roots)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(p.name)
	if err != nil {
		return nil, unseen(p.name, err)
	}
	return file, nil
}
