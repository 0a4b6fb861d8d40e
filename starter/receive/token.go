package receive

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"
)

// tokens are digests of the bearer tokens that sign a sender in. None: everybody is let in.
type tokens [][sha256.Size]byte

func newTokens(list []string) tokens {
	var t tokens
	for _, token := range list {
		t = append(t, sha256.Sum256([]byte(token)))
	}
	return t
}

// known compares with every token, in the same time whichever it is.
func (t tokens) known(token string) bool {
	digest := sha256.Sum256([]byte(token))
	found := 0
	for _, one := range t {
		found |= subtle.ConstantTimeCompare(digest[:], one[:])
	}
	return found == 1
}

// guard lets signed-in senders through. The others are answered before a byte of their body is read.
func (t tokens) guard(next http.Handler) http.Handler {
	if len(t) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") || !t.known(strings.TrimSpace(token)) {
			w.Header().Set("WWW-Authenticate", "Bearer")
			w.Header().Set("Connection", "close")
			answer(w, http.StatusUnauthorized, problem{"send Authorization: Bearer with one of the tokens of AEP_BEARER_TOKENS"})
			return
		}
		next.ServeHTTP(w, r)
	})
}
