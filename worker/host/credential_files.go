package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// checkFiles says early of a file by which somebody signs in that it is not there, may not be read
// or is empty: at the first sign-in it would fail a run.
func (d DestinationConfig) checkFiles(prefix string) error {
	users := d.Users
	if len(d.Clients) == 0 {
		users = []UserConfig{d.only()}
	}
	var problems []error
	for _, u := range users {
		if variable, file := u.credentialFile(prefix); file != "" {
			problems = append(problems, checkFile(variable, file))
		}
	}
	return errors.Join(problems...)
}

// credentialFile is the file by which the user signs in, if it does by one, and the variable that
// names it.
func (u UserConfig) credentialFile(prefix string) (variable, file string) {
	switch u.way() {
	case credentialManaged:
		return "", ""
	case credentialWorkload:
		return u.fileVariable(prefix, "FEDERATED_TOKEN_FILE"), u.FederatedTokenFile
	case credentialCertificate:
		return u.fileVariable(prefix, "CERTIFICATE_FILE"), u.CertificateFile
	}
	return u.secretVariable(prefix, "SECRET_FILE"), u.SecretFile
}

func checkFile(variable, file string) error {
	text, err := os.ReadFile(file)
	var path *fs.PathError
	switch {
	case errors.As(err, &path):
		return fmt.Errorf("%s names %s, which cannot be read: %w. Name a file that the worker may read", variable, file, path.Err)
	case err != nil:
		return fmt.Errorf("%s names %s, which cannot be read: %w", variable, file, err)
	case strings.TrimSpace(string(text)) == "":
		return fmt.Errorf("%s names %s, which is empty", variable, file)
	}
	return nil
}
