package secret

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
)

// TokenPrefix begins every API token, so that people and scanners of repositories know one.
const TokenPrefix = "trb_"

const (
	keyOctets = 32                         // 256 random bits
	keyText   = (keyOctets*8 + 5) / 6      // characters of a key
	tokenText = len(TokenPrefix) + keyText // of a token
	sumPrefix = "sha256:"                  // begins a Sum as text
	sumText   = len(sumPrefix) + sha256.Size*2
)

// Sum is the SHA-256 of a key or token. A plain and fast hash is right for them, where a password needs
// a slow one: with 256 random bits there is nothing to guess, at any speed, and no two are the same.
type Sum [sha256.Size]byte

// NewKey makes a key of 256 random bits, in 43 characters that need no quoting anywhere.
func NewKey() string {
	b := make([]byte, keyOctets)
	rand.Read(b) // it ends the program rather than fail
	return base64.RawURLEncoding.EncodeToString(b)
}

// NewToken makes an API token: TokenPrefix and a key.
func NewToken() string { return TokenPrefix + NewKey() }

// IsKey reports whether a text can be a key: nothing else need be looked for.
func IsKey(text string) bool {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	return err == nil && len(b) == keyOctets && len(text) == keyText
}

// IsToken reports whether a text can be a token.
func IsToken(text string) bool {
	key, found := strings.CutPrefix(text, TokenPrefix)
	return found && len(text) == tokenText && IsKey(key)
}

// SumOf is the sum of a key or token. Looking for a Sum in a map gives nothing away by its timing:
// whoever could tell how much of a sum was right could not make a key of it.
func SumOf(key string) Sum { return sha256.Sum256([]byte(key)) }

// String is "sha256:" and the sum in hexadecimal; empty for the zero Sum.
func (s Sum) String() string {
	if s == (Sum{}) {
		return ""
	}
	return sumPrefix + hex.EncodeToString(s[:])
}

var errSum = errors.New("must be the hash of a token as 'tributary token' makes it: sha256: and 64 hexadecimal digits")

// ParseSum reads what String writes. Its error does not repeat the text: it may be a token by mistake.
func ParseSum(text string) (s Sum, err error) {
	if len(text) != sumText || !strings.HasPrefix(text, sumPrefix) {
		return s, errSum
	}
	if _, err := hex.Decode(s[:], []byte(text[len(sumPrefix):])); err != nil || s == (Sum{}) {
		return Sum{}, errSum
	}
	return s, nil
}
