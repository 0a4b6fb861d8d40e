package receive

import "crypto/tls"

// Certificate is a TLS configuration with a certificate and its key from PEM files. They are read
// anew when they have changed; as long as they do not fit each other the ones before are shown.
func Certificate(certFile, keyFile string) (*tls.Config, error) {
	read := func() (*tls.Certificate, error) {
		pair, err := tls.LoadX509KeyPair(certFile, keyFile)
		return &pair, err
	}
	kept, err := newFresh("the certificate "+certFile, read, certFile, keyFile)
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return kept.get(), nil },
	}, nil
}
