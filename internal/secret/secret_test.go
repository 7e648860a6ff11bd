package secret

import (
	"strings"
	"testing"
)

func TestHash(t *testing.T) {
	const password = "correct horse battery"
	h, err := NewHash(password)
	if err != nil {
		t.Fatal(err)
	}
	text := h.String()
	if !strings.HasPrefix(text, "$argon2id$v=19$m=65536,t=3,p=4$") {
		t.Errorf("%s, want the second recommendation of RFC 9106", text)
	}
	again, err := ParseHash(text)
	if err != nil || again != h {
		t.Fatalf("read back %v, %v", again, err)
	}
	if !again.Matches(password) || again.Matches(password+"!") || again.Matches("") {
		t.Error("it does not tell the password from another")
	}
	other, err := NewHash(password)
	if err != nil || other.String() == text {
		t.Error("two hashes of a password have one salt")
	}
	like := h.Like()
	if like.Matches(password) || like.Memory != h.Memory || like.Time != h.Time || like.Threads != h.Threads {
		t.Errorf("like it: %v", like)
	}
	if (Hash{}).Matches("") || (Hash{}).String() != "" {
		t.Error("no password matches something")
	}
	for _, p := range []string{"", "short", strings.Repeat("x", LongestPassword+1)} {
		if _, err := NewHash(p); err == nil {
			t.Errorf("a password of %d octets is taken", len(p))
		}
	}
}

// TestVector is the vector for argon2id of golang.org/x/crypto and of phc-winner-argon2: salt and costs
// are taken from the text as they stand.
func TestVector(t *testing.T) {
	h := Hash{Memory: 64, Time: 1, Threads: 1, salt: "somesalt", key: string(make([]byte, 24))}
	if got := h.derive("password", 24); string(got) != "\x65\x5a\xd1\x5e\xac\x65\x2d\xc5\x9f\x71\x70\xa7\x33\x2b\xf4\x9b\x84\x69\xbe\x1f\xdb\x9c\x28\xbb" {
		t.Errorf("%x", got)
	}
}

func TestWrongHashes(t *testing.T) {
	const good = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$" + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	if _, err := ParseHash(good); err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{"argon2id", "argon2i"}, {"v=19", "v=16"}, {"m=19456", "m=8"}, {"m=19456", "m=4294967295"}, {"m=19456", "m=019456"}, {"t=2", "t=0"}, {"t=2", "t=1"},
		{"t=2", "t=99"}, {"p=1", "p=0"}, {"p=1", "p=256"}, {"m=19456,t=2", "t=2,m=19456"}, {"c29tZXNhbHRzb21lc2FsdA", "c29t"}, {"AAA$", "A$"},
		{"$AAAA", "$A*AA"}, {"$argon", "argon"}, {",p=1", ""},
	} {
		text := strings.Replace(good, change[0], change[1], 1)
		_, err := ParseHash(text)
		if text == good {
			continue
		}
		if err == nil {
			t.Errorf("%s is taken", text)
		} else if strings.Contains(err.Error(), text) {
			t.Errorf("the error repeats what may be a secret: %v", err)
		}
	}
}

func TestTokens(t *testing.T) {
	token := NewToken()
	if !IsToken(token) || IsToken(token+"A") || IsToken(token[:len(token)-1]) || IsToken("trx"+token[3:]) || IsToken(token[:20]+" "+token[21:]) || IsKey(token) || !IsKey(NewKey()) {
		t.Errorf("%s is not known for what it is", token)
	}
	s := SumOf(token)
	if again, err := ParseSum(s.String()); err != nil || again != s {
		t.Errorf("%v read back: %v, %v", s, again, err)
	}
	if (Sum{}).String() != "" {
		t.Error("no sum has a text")
	}
	for _, text := range []string{"", token, "sha256:", "sha256:" + strings.Repeat("0", 64), "sha256:" + strings.Repeat("g", 64), "sha512:" + strings.Repeat("a", 64)} {
		if _, err := ParseSum(text); err == nil || strings.Contains(err.Error(), token) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAA")
	f.Add("sha256:" + strings.Repeat("ab", 32))
	f.Add(TokenPrefix + strings.Repeat("A", 43))
	f.Fuzz(func(t *testing.T, text string) {
		if h, err := ParseHash(text); err == nil && h.String() != text {
			t.Errorf("%q is printed as %q", text, h)
		}
		if s, err := ParseSum(text); err == nil && s.String() != strings.ToLower(text) {
			t.Errorf("%q is printed as %q", text, s)
		}
		if IsToken(text) != (strings.HasPrefix(text, TokenPrefix) && IsKey(strings.TrimPrefix(text, TokenPrefix))) {
			t.Errorf("%q", text)
		}
	})
}
