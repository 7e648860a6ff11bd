// Package secret makes and checks what people and programs prove themselves with: password hashes,
// API tokens and the keys of sessions. What it makes is kept as a hash only.
package secret

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Hash is an argon2id hash of a password with the salt and the costs that it was made with. The zero
// value is of no password.
type Hash struct {
	Memory  uint32 // KiB
	Time    uint32 // passes over the memory
	Threads uint8  // lanes
	salt    string // octets; strings, so that hashes can be compared and copied
	key     string
}

// What NewHash uses: the second recommendation of RFC 9106, section 4, for where 2 GiB for each
// log-in are too much. About a tenth of a second on one core.
const (
	newTime    = 3
	newMemory  = 64 << 10 // KiB
	newThreads = 4
	newSalt    = 16
	newKey     = 32
)

// What ParseHash takes. Below the least memory (OWASP's smallest for argon2id, with two passes) a
// stolen configuration is soon guessed; above the most, a log-in takes the machine from its work.
const (
	leastMemory = 19 << 10
	mostMemory  = 1 << 20
	mostTime    = 20
	mostThreads = 64
	leastSalt   = 8
	leastKey    = 16
	mostOctets  = 64 // of salt and key
)

// LongestPassword and ShortestPassword are in octets. The longest bounds what a log-in reads; the
// shortest is what can be asked without being a nuisance: length is the only rule.
const (
	ShortestPassword = 12
	LongestPassword  = 1024
)

// NewHash hashes a password with a fresh salt. The error says what the password lacks.
func NewHash(password string) (Hash, error) {
	switch {
	case len(password) < ShortestPassword:
		return Hash{}, fmt.Errorf("the password must have %d characters or more (got %d): a few words make a good one", ShortestPassword, len(password))
	case len(password) > LongestPassword:
		return Hash{}, fmt.Errorf("the password must have at most %d bytes (got %d)", LongestPassword, len(password))
	}
	salt := make([]byte, newSalt)
	rand.Read(salt) // it ends the program rather than fail
	h := Hash{Memory: newMemory, Time: newTime, Threads: newThreads, salt: string(salt)}
	h.key = string(h.derive(password, newKey))
	return h, nil
}

func (h Hash) derive(password string, octets int) []byte {
	return argon2.IDKey([]byte(password), []byte(h.salt), h.Time, h.Memory, h.Threads, uint32(octets))
}

// Matches reports whether the hash is of the password. It takes h.Memory and as long as the costs say,
// whatever the password; the comparison takes as long for every wrong one. The zero Hash matches
// nothing and takes no time.
func (h Hash) Matches(password string) bool {
	if h.key == "" {
		return false
	}
	return subtle.ConstantTimeCompare(h.derive(password, len(h.key)), []byte(h.key)) == 1
}

// Like is a hash of the same costs that no password matches, for whoever does not exist: refusing them
// then takes as long as refusing a wrong password.
func (h Hash) Like() Hash {
	salt, key := make([]byte, len(h.salt)), make([]byte, len(h.key))
	rand.Read(salt)
	rand.Read(key)
	h.salt, h.key = string(salt), string(key)
	return h
}

// IsZero reports that there is no password.
func (h Hash) IsZero() bool { return h.key == "" }

// String is the hash in the PHC string format, as ParseHash reads it.
func (h Hash) String() string {
	if h.IsZero() {
		return ""
	}
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.Memory, h.Time, h.Threads,
		b64.EncodeToString([]byte(h.salt)), b64.EncodeToString([]byte(h.key)))
}

var (
	errForm = errors.New("must be a hash that 'tributary password' makes, in quotes: \"$argon2id$v=19$m=65536,t=3,p=4$SALT$KEY\"")
	errCost = fmt.Errorf("must be an argon2id hash with m from %d to %d, t from 1 to %d (2 or more where m is below 47104) and p from 1 to %d: 'tributary password' makes one", leastMemory, mostMemory, mostTime, mostThreads)
)

// ParseHash reads a PHC string. Its errors do not repeat the text: it may be a password by mistake.
func ParseHash(text string) (Hash, error) {
	part := strings.Split(text, "$")
	if len(part) != 6 || part[0] != "" || part[1] != "argon2id" || part[2] != "v="+strconv.Itoa(argon2.Version) {
		return Hash{}, errForm
	}
	costs := strings.Split(part[3], ",")
	if len(costs) != 3 {
		return Hash{}, errForm
	}
	var h Hash
	for i, c := range []struct {
		name string
		most uint64
		set  func(uint64)
	}{
		{"m=", mostMemory, func(n uint64) { h.Memory = uint32(n) }},
		{"t=", mostTime, func(n uint64) { h.Time = uint32(n) }},
		{"p=", mostThreads, func(n uint64) { h.Threads = uint8(n) }},
	} {
		digits, found := strings.CutPrefix(costs[i], c.name)
		n, err := strconv.ParseUint(digits, 10, 32)
		if !found || err != nil || strconv.FormatUint(n, 10) != digits {
			return Hash{}, errForm
		}
		if n < 1 || n > c.most {
			return Hash{}, errCost
		}
		c.set(n)
	}
	if h.Memory < leastMemory || h.Memory < 46<<10 && h.Time < 2 { // OWASP: 46 MiB with one pass, 19 MiB with two
		return Hash{}, errCost
	}
	salt, err := base64.RawStdEncoding.Strict().DecodeString(part[4])
	if err != nil || len(salt) < leastSalt || len(salt) > mostOctets {
		return Hash{}, errForm
	}
	key, err := base64.RawStdEncoding.Strict().DecodeString(part[5])
	if err != nil || len(key) < leastKey || len(key) > mostOctets {
		return Hash{}, errForm
	}
	h.salt, h.key = string(salt), string(key)
	return h, nil
}
