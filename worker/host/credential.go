package host

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"audienceflow/dynamics"
	"audienceflow/dynamics/managedidentity"
)

// Ways to sign in to Dynamics, as CREDENTIAL names them.
const (
	credentialSecret      = "secret"
	credentialCertificate = "certificate"
	credentialManaged     = "managed-identity"
	credentialWorkload    = "workload-identity"
)

// AzureConfig is what Azure itself sets where it gives a workload an identity: AKS all of it, for
// pods of its workload identity. It is used for those two ways to sign in alone.
type AzureConfig struct {
	ClientID           string `envconfig:"AZURE_CLIENT_ID"`
	TenantID           string `envconfig:"AZURE_TENANT_ID"`
	FederatedTokenFile string `envconfig:"AZURE_FEDERATED_TOKEN_FILE"`
	AuthorityHost      string `envconfig:"AZURE_AUTHORITY_HOST"`
}

// takeCredentials settles how each user signs in, with what Azure has set for what is left out.
func (d *DestinationConfig) takeCredentials(prefix string, azure AzureConfig) error {
	var problems []error
	if len(d.Clients) == 0 {
		u := d.only()
		problems = append(problems, u.takeCredential(prefix, azure))
		d.ClientID, d.FederatedTokenFile, d.identity = u.ID, u.FederatedTokenFile, u.identity
	}
	workload := d.Credential == credentialWorkload && len(d.Clients) == 0
	for i := range d.Users {
		u := &d.Users[i]
		fill(&u.Credential, d.Credential)
		problems = append(problems, u.takeCredential(prefix, azure))
		workload = workload || u.Credential == credentialWorkload
	}
	if workload {
		fill(&d.TenantID, azure.TenantID)
		fill(&d.Authority, azure.AuthorityHost)
	}
	return errors.Join(problems...)
}

func fill(setting *string, value string) {
	if *setting == "" {
		*setting = value
	}
}

// takeCredential settles how the user signs in: as Credential says, else with the certificate or
// the secret that is there.
func (u *UserConfig) takeCredential(prefix string, azure AzureConfig) error {
	credential := prefix + "_CREDENTIAL"
	switch u.Credential {
	case "", credentialSecret, credentialCertificate:
		if u.Credential == credentialSecret && u.Secret == "" && u.SecretFile == "" {
			return fmt.Errorf("%s is secret, and there is none: set %s or %s", credential, u.secretVariable(prefix, "SECRET"), u.secretVariable(prefix, "SECRET_FILE"))
		}
		if u.Credential == credentialCertificate && u.CertificateFile == "" {
			return fmt.Errorf("%s is certificate, and there is none: set %s", credential, u.fileVariable(prefix, "CERTIFICATE_FILE"))
		}
		return nil
	case credentialManaged, credentialWorkload:
	default:
		return fmt.Errorf("%s is %q: give secret, certificate, managed-identity or workload-identity", credential, u.Credential)
	}
	if u.Secret != "" || u.SecretFile != "" || u.CertificateFile != "" {
		return fmt.Errorf("%s is %s, and a secret or certificate is set beside it: remove one of them", credential, u.Credential)
	}
	if u.prefix == "" {
		fill(&u.ID, azure.ClientID)
	}
	if u.Credential == credentialWorkload {
		fill(&u.FederatedTokenFile, azure.FederatedTokenFile)
		if u.FederatedTokenFile == "" {
			return fmt.Errorf("%s is workload-identity, and there is no token: set AZURE_FEDERATED_TOKEN_FILE, which AKS does for pods "+
				"with the label azure.workload.identity/use: \"true\", or %s", credential, u.fileVariable(prefix, "FEDERATED_TOKEN_FILE"))
		}
		return nil
	}
	identity, err := managedidentity.New(u.ID, nil)
	if err != nil {
		return fmt.Errorf("%s is managed-identity: %w", credential, err)
	}
	u.identity = identity
	return nil
}

// secretVariable is the user's variable that is or names a secret: a single user's begins with
// CLIENT.
func (u UserConfig) secretVariable(prefix, name string) string {
	if u.prefix == "" {
		name = "CLIENT_" + name
	}
	return u.fileVariable(prefix, name)
}

// fileVariable is the user's variable that names a file.
func (u UserConfig) fileVariable(prefix, name string) string {
	if u.prefix != "" {
		prefix = u.prefix
	}
	return prefix + "_" + name
}

// way is how the user signs in: as Credential says, else with the certificate that is there, else
// with a secret.
func (u UserConfig) way() string {
	switch {
	case u.Credential != "":
		return u.Credential
	case u.CertificateFile != "":
		return credentialCertificate
	}
	return credentialSecret
}

// user is the client's configuration. Secrets, certificates and federated tokens are read anew at
// each sign-in, so a changed file is picked up.
func (u UserConfig) user() dynamics.User {
	user := dynamics.User{Name: u.Name, ClientID: u.ID}
	if u.prefix != "" {
		user.Variables = u.prefix + "_"
	}
	switch u.way() {
	case credentialManaged:
		if u.identity != nil { // nil: LoadConfig has said why
			user.ManagedIdentity = u.identity
		}
	case credentialWorkload:
		user.FederatedToken = func() (string, error) { return readText(u.FederatedTokenFile) }
	case credentialCertificate:
		user.Certificate = func() ([]byte, error) { return os.ReadFile(u.CertificateFile) }
	default:
		if u.Secret != "" || u.SecretFile != "" {
			user.Secret = u.secret
		}
	}
	return user
}

func (u UserConfig) secret() (string, error) {
	if u.SecretFile == "" {
		return u.Secret, nil
	}
	return readText(u.SecretFile)
}

func readText(file string) (string, error) {
	text, err := os.ReadFile(file)
	return strings.TrimSpace(string(text)), err
}
