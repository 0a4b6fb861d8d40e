package receive

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"audienceflow/monitoring"
)

// plainSender is the name of senders that sign in with one of Options.Tokens.
const plainSender = "AEP_BEARER_TOKENS"

// token is the digest of a bearer token, and whose it is.
type token struct {
	sender string
	digest [sha256.Size]byte
}

// tokens sign senders in. Open: everybody is let in.
type tokens struct {
	open  bool
	plain []token
	named *fresh[[]token] // nil: there is no file
}

func newTokens(list []string, file string) (*tokens, error) {
	t := &tokens{open: len(list) == 0 && file == ""}
	for _, one := range list {
		t.plain = append(t.plain, token{plainSender, sha256.Sum256([]byte(one))})
	}
	if file == "" {
		return t, nil
	}
	named, err := newFresh("the tokens of "+file, func() ([]token, error) { return readTokens(file) }, file)
	t.named = named
	return t, err
}

// readTokens reads a file of lines "name: hash", where hash is the SHA-256 of the token in hex.
func readTokens(file string) ([]token, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var list []token
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		one, err := parseToken(line)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, n, err)
		}
		list = append(list, one)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s holds no token: write lines \"name: hash\"", file)
	}
	return list, nil
}

// errToken shows nothing of the line: it may hold the token itself.
var errToken = errors.New(`not "name: hash", with the SHA-256 of the token in 64 hex digits: printf %s "$TOKEN" | sha256sum`)

// hashDigits is how long a hash is in hex.
const hashDigits = 2 * sha256.Size

func parseToken(line string) (token, error) {
	name, hash, _ := strings.Cut(line, ":")
	one := token{sender: strings.TrimSpace(name)}
	hash = strings.TrimSpace(hash)
	if len(hash) > hashDigits { // what it is the hash by may stand before it
		hash = strings.TrimLeft(strings.TrimPrefix(strings.ToLower(hash), "sha256"), ":- ")
	}
	digest, err := hex.DecodeString(hash)
	if err != nil || len(digest) != sha256.Size || one.sender == "" {
		return token{}, errToken
	}
	copy(one.digest[:], digest)
	return one, nil
}

// sender is who signs in with a token. It is compared with every one, in the same time whichever it
// is.
func (t *tokens) sender(given string) (name string, known bool) {
	digest := sha256.Sum256([]byte(given))
	list := t.plain
	if t.named != nil {
		list = append(list[:len(list):len(list)], t.named.get()...)
	}
	for _, one := range list {
		if subtle.ConstantTimeCompare(digest[:], one.digest[:]) == 1 {
			name, known = one.sender, true
		}
	}
	return name, known
}

// guard lets signed-in senders through. The others are answered before a byte of their body is
// read, and the later the more often they try.
func (s *Server) guard(next http.Handler) http.Handler {
	if s.tokens.open {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scheme, given, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		given = strings.TrimSpace(given)
		if strings.EqualFold(scheme, "Bearer") {
			if name, known := s.tokens.sender(given); known {
				s.metrics.signedIn.WithLabelValues(name).Inc()
				next.ServeHTTP(w, r.WithContext(withSender(r.Context(), name)))
				return
			}
		}
		reason := "wrong"
		if given == "" {
			reason = "missing"
		}
		s.metrics.refused.WithLabelValues(reason).Inc()
		s.strangers.hold(r.Context(), r.RemoteAddr)
		w.Header().Set("WWW-Authenticate", "Bearer")
		w.Header().Set("Connection", "close")
		monitoring.Answer(w, http.StatusUnauthorized, problem{"send Authorization: Bearer with a token that this server knows"})
	})
}
