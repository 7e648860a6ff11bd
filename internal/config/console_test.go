package config

import (
	"net/netip"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"tributary/internal/secret"
)

// Hashes of no password and of no token that anybody knows.
const (
	someHash    = "$argon2id$v=19$m=65536,t=3,p=4$MDEyMzQ1Njc4OWFiY2RlZg$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
	thriftyHash = "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
	someSum     = "sha256:8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4"
)

func hash(text string) secret.Hash {
	h, err := secret.ParseHash(text)
	if err != nil {
		panic(err)
	}
	return h
}

func sum(text string) secret.Sum {
	s, err := secret.ParseSum(text)
	if err != nil {
		panic(err)
	}
	return s
}

// everyConsole is a console with every key, as testdata/every-key.yaml has it.
func everyConsole(dir string) Console {
	return Console{
		Listen: "0.0.0.0:8443", PublicURL: "https://flows.example.net",
		Users:  []User{{"alice", EditorRole, hash(someHash)}, {"Bob (night)", ViewerRole, hash(thriftyHash)}},
		Tokens: []Token{{"prometheus", ViewerRole, sum(someSum)}},
		Proxy: Proxy{
			From:   []Source{{netip.MustParsePrefix("192.0.2.80/32")}, {netip.MustParsePrefix("2001:db8:80::/64")}},
			Header: "X-Forwarded-User", RoleHeader: "X-Forwarded-Role", Role: EditorRole,
		},
		TLS: TLS{filepath.Join(dir, "console.pem"), filepath.Join(dir, "console.key")},
	}
}

// TestConsole: whatever lets others in without a login, or lets a secret cross the network in the
// clear, is refused with what to do.
func TestConsole(t *testing.T) {
	const user = "{name: a, role: viewer, password: \"" + someHash + "\"}"
	const token = "{name: p, role: viewer, hash: \"" + someSum + "\"}"
	f := func(console string, want ...string) {
		t.Helper()
		_, err := load(t, smallest+"console: {"+console+"}\n")
		if len(want) == 0 {
			if err != nil {
				t.Errorf("%s: %v", console, err)
			}
			return
		}
		for _, w := range want {
			if err == nil || !strings.Contains(err.Error(), ":4: console"+w) {
				t.Errorf("%s:\n got %v\nwant console%s", console, err, w)
			}
		}
		if err != nil && strings.Count(err.Error(), "\n")+1 != len(want) {
			t.Errorf("%s: more is wrong than expected: %v", console, err)
		}
	}
	f(`listen: "127.0.0.1:0"`)
	f(`listen: "localhost:8080"`)
	f(`listen: "[::1]:8080"`)
	for _, far := range []string{":8080", "0.0.0.0:8080", "[::]:8080", "192.0.2.1:8080", "host.example:8080", "localhost.example:80"} {
		f(`listen: "`+far+`"`, ".listen: "+far+" is reached from other machines, and no login is configured: listen on 127.0.0.1, or add console.users (tributary password makes the lines) or console.proxy")
	}
	f("users: [" + user + "], tokens: [" + token + "]")
	f(`listen: ":80", users: [`+user+`]`, ".tls: is missing: :80 is reached from other machines, and passwords and tokens would cross the network unencrypted")
	f(`listen: ":80", users: [` + user + `], tls: {certificate: c, key: k}`)
	f(`listen: ":80", users: [` + user + `], public_url: "https://flows.example", proxy: {from: [192.0.2.1]}`)
	f(`listen: ":80", users: [`+user+`], public_url: "http://flows.example"`, ".tls: is missing", ".public_url: must begin with https://")
	f(`public_url: "https://flows.example"`, ".proxy.from: is missing: list the addresses that the proxy at https://flows.example connects from")
	f(`public_url: "http://flows.example:8080"`)
	f(`listen: ":80", proxy: {from: [192.0.2.1], header: X-Forwarded-User}`)
	f(`listen: ":80", proxy: {from: [192.0.2.1]}`, ".listen: :80 is reached")
	f(`listen: ":80", tokens: [`+token+`], proxy: {from: [192.0.2.1], header: X-User}`, ".tls: is missing")
	f("tokens: ["+token+"]", ".tokens: protect nothing")
	f(`proxy: {header: X-User}`, ".proxy.from: is missing")
	f(`proxy: {role: editor}`, ".proxy.header: is missing")
	f(`proxy: {header: X-User, from: [0.0.0.0/0, "::/0"]}`, ".proxy.from[0]: 0.0.0.0/0 is every address", ".proxy.from[1]: ::/0 is every address")
	f(`proxy: {header: X User, from: [192.0.2.1]}`, `.proxy.header: must be the name of a header that the proxy sets for this and nobody else uses, such as X-Forwarded-User (got "X User")`)
	f(`proxy: {header: Cookie, from: [192.0.2.1]}`, ".proxy.header: must be the name of a header")
	f(`proxy: {header: X-User, role_header: x-user, from: [192.0.2.1]}`, ".proxy.role_header: is the header that names")
	f(`proxy: {header: X-User, from: [192.0.2.1], role: admin}`, `.proxy.role: must be viewer or editor (got "admin")`)
	for _, url := range []string{"flows.example", "ftp://a", "https://", "https://a/b", "https://a?b", "https://u@a", "https://A", "HTTPS://a", "https://a:", "https://a b", "https://a#b"} {
		f(`public_url: "`+url+`"`, ".public_url: must be a scheme and a host without a path")
	}
	f(`public_url: "https://a:443", proxy: {from: [192.0.2.1]}`, `.public_url: must be written as browsers do, without :443 (got "https://a:443")`)
	f(`public_url: "https://a:8443/", proxy: {from: [192.0.2.1]}`)
	f(`tls: {certificate: c}`, ".tls: must name both")
	f("users: ["+user+", "+user+"]", `.users[1].name: "a" is the name of console.users[0] already`)
	f("users: [{name: a}]", ".users[0].role: is missing", ".users[0].password: is missing: 'tributary password' makes the line")
	f("users: ["+user+"], tokens: ["+token+", {name: q, role: editor, hash: \""+someSum+"\"}, {name: p}]",
		".tokens[1].hash: is that of console.tokens[0] already", ".tokens[2].name:", ".tokens[2].role: is missing", ".tokens[2].hash: is missing")
}

// TestSecretsAreNotRepeated: a password written where its hash belongs must not be printed.
func TestSecretsAreNotRepeated(t *testing.T) {
	for _, text := range []string{"users: [{name: a, role: viewer, password: hunter2hunter2}]", "tokens: [{name: a, role: viewer, hash: hunter2hunter2}]"} {
		if _, err := load(t, smallest+"console: {"+text+"}\n"); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestRedacted: what is shown holds no hash, and is the same else.
func TestRedacted(t *testing.T) {
	c := Default()
	c.Console = everyConsole("/etc")
	shown := string(c.Redacted().YAML())
	if strings.Contains(shown, "AAECAw") || strings.Contains(shown, "8f4343") || !strings.Contains(shown, "alice") || !strings.Contains(shown, "prometheus") {
		t.Errorf("%s", shown)
	}
	if !reflect.DeepEqual(c.Console, everyConsole("/etc")) {
		t.Error("redacting changed the configuration")
	}
}
