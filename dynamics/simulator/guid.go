package simulator

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
)

// guid is a row's primary key in network byte order, so that comparing bytes compares the printed
// text.
type guid [16]byte

const guidTextLength = 36

// hyphens are the places of the four hyphens in the printed form.
const (
	firstHyphen, secondHyphen, thirdHyphen, fourthHyphen = 8, 13, 18, 23
)

func (g guid) String() string { return string(g.append(nil)) }

func (g guid) append(b []byte) []byte {
	var text [guidTextLength]byte
	hex.Encode(text[0:8], g[0:4])
	text[firstHyphen] = '-'
	hex.Encode(text[9:13], g[4:6])
	text[secondHyphen] = '-'
	hex.Encode(text[14:18], g[6:8])
	text[thirdHyphen] = '-'
	hex.Encode(text[19:23], g[8:10])
	text[fourthHyphen] = '-'
	hex.Encode(text[24:], g[10:])
	return append(b, text[:]...)
}

// parseGUID reads the 8-4-4-4-12 form in any case, with or without braces.
func parseGUID[T string | []byte](text T) (guid, bool) {
	var g guid
	if len(text) == guidTextLength+2 && text[0] == '{' && text[guidTextLength+1] == '}' {
		text = text[1 : guidTextLength+1]
	}
	if len(text) != guidTextLength {
		return g, false
	}
	digit := 0
	for i := 0; i < guidTextLength; i++ {
		if i == firstHyphen || i == secondHyphen || i == thirdHyphen || i == fourthHyphen {
			if text[i] != '-' {
				return g, false
			}
			continue
		}
		n := hexDigit(text[i])
		if n < 0 {
			return g, false
		}
		g[digit/2] = g[digit/2]<<4 | byte(n)
		digit++
	}
	return g, true
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	default:
		return -1
	}
}

func newGUID() guid {
	var g guid
	_, _ = rand.Read(g[:]) // crypto/rand.Read never fails: it ends the process instead
	return stampVersion(g)
}

// stampVersion marks the bytes as a version 4 GUID, since some clients check it.
func stampVersion(g guid) guid {
	g[6] = g[6]&0x0f | 0x40
	g[8] = g[8]&0x3f | 0x80
	return g
}

// generated derives a GUID from a seed, a purpose and a number: the same on every machine and in
// every release.
func generated(seed int64, purpose uint64, i int) guid {
	var g guid
	state := mix(uint64(seed)^purpose) + uint64(i)*goldenGamma
	binary.BigEndian.PutUint64(g[0:8], mix(state))
	binary.BigEndian.PutUint64(g[8:16], mix(state^goldenGamma))
	return stampVersion(g)
}

// namedID derives a GUID from a name.
func namedID(name string) guid {
	seed := uint64(0)
	for _, c := range []byte(name) {
		seed = mix(seed ^ uint64(c))
	}
	return generated(int64(seed), purposeMetadata, 0)
}

// goldenGamma and mix are SplitMix64: a tiny generator whose sequence is fixed by its definition,
// unlike math/rand's.
const goldenGamma = 0x9e3779b97f4a7c15

func mix(x uint64) uint64 {
	x += goldenGamma
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb
	return x ^ (x >> 31)
}

// Purposes keep the generated ids of contacts, accounts and metadata apart.
const (
	purposeContact     = 0
	purposeAccount     = 0xacc
	purposeMetadata    = 0x3e7a
	purposeUser        = 0x05e7
	purposeApplication = 0x0a99
)

// GeneratedID gives the contact id of the i-th (0-based) contact that `-contacts N -seed seed`
// generates: lower case, the same on every machine.
func GeneratedID(seed int64, i int) string { return generated(seed, purposeContact, i).String() }

// GeneratedAccountID gives the id of the i-th (0-based) of the accounts that every simulator holds
// for lookups.
func GeneratedAccountID(seed int64, i int) string {
	return generated(seed, purposeAccount, i).String()
}
