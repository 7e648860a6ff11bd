package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Passwords of these tests.
const (
	alicesPassword = "eleven purple teapots"
	bobsPassword   = "a ladder in the rain"
)

// made runs a command that makes a secret, and returns what it printed for the list of the key.
func made(t *testing.T, stdin string, args ...string) (stdout, line string) {
	t.Helper()
	var out, errs bytes.Buffer
	m := &Main{Ctx: t.Context(), Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &errs}
	if status := m.Run(args); status != 0 {
		t.Fatalf("tributary %s: exit status %d: %s", strings.Join(args, " "), status, &errs)
	}
	_, line, found := strings.Cut(out.String(), "    - ")
	if !found {
		t.Fatalf("tributary %s prints no entry of a list: %s", strings.Join(args, " "), &out)
	}
	return out.String(), strings.TrimSpace(line)
}

// TestSecretsAreMade: what password and token print is taken by the configuration as it stands.
func TestSecretsAreMade(t *testing.T) {
	dir := t.TempDir()
	printed, _ := made(t, alicesPassword+"\r\n", "password", "alice", "--role", "editor")
	config := put(t, filepath.Join(dir, "tributary.yaml"), "own: [203.0.113.0/24]\nregions:\n  - {name: Here, exporters: [192.0.2.1]}\n"+printed)
	if got := mustRun(t, "-c", config, "check"); !strings.Contains(got, "console on 127.0.0.1:8080 with 1 user\n") {
		t.Errorf("check: %s", got)
	}
	if got := mustRun(t, "-c", config, "check", "--print"); strings.Contains(got, "argon2id") || !strings.Contains(got, "alice") {
		t.Errorf("check --print: %s", got)
	}
	again, _ := made(t, alicesPassword+"\n", "password", "alice", "--role", "editor")
	if again == printed || strings.Contains(printed, "teapots") {
		t.Errorf("%s", printed)
	}
	token, line := made(t, "", "token", "prometheus")
	config = put(t, config, "own: [203.0.113.0/24]\nregions:\n  - {name: Here, exporters: [192.0.2.1]}\n"+printed+"  tokens:\n    - "+line+"\n")
	mustRun(t, "-c", config, "check")
	if !strings.Contains(token, "# The token, shown this once: trb_") || strings.Contains(line, "trb_") {
		t.Errorf("%s", token)
	}
	for _, wrong := range []string{"", "short\n", strings.Repeat("x", 2000) + "\n"} {
		var errs bytes.Buffer
		m := &Main{Ctx: t.Context(), Stdin: strings.NewReader(wrong), Stdout: io.Discard, Stderr: &errs}
		if status := m.Run([]string{"password"}); status != 2 || !strings.Contains(errs.String(), "the password must have") {
			t.Errorf("a password of %d octets: exit status %d: %s", len(wrong), status, &errs)
		}
	}
}

// TestNoLoginNoService: an address that others reach is not served without a login, nor with passwords
// in the clear: exit status 2, and what to do.
func TestNoLoginNoService(t *testing.T) {
	_, alice := made(t, alicesPassword+"\n", "password", "alice")
	f := func(console, want string) {
		t.Helper()
		config := put(t, filepath.Join(t.TempDir(), "tributary.yaml"), "own: [203.0.113.0/24]\nregions:\n  - {name: Here, exporters: [192.0.2.1]}\nconsole: {"+console+"}\n")
		for _, command := range []string{"run", "check"} {
			_, stderr, status := tributary(t, "-c", config, command)
			if status != 2 || !strings.Contains(stderr, want) {
				t.Errorf("%s with %s: exit status %d, %s\nwant 2 and %s", command, console, status, stderr, want)
			}
		}
	}
	f(`listen: "0.0.0.0:0"`, "no login is configured: listen on 127.0.0.1, or add console.users (tributary password makes the lines) or console.proxy")
	f(`listen: ":0", users: [`+alice+"]", "console.tls: is missing")
	f(`tls: {certificate: gone.pem, key: gone.key}`, "console.tls: cannot read the certificate")
	_, stderr, status := tributary(t, "demo", "--listen", "0.0.0.0:0")
	if status != 2 || !strings.Contains(stderr, "the demo has no login") {
		t.Errorf("demo: %d %s", status, stderr)
	}
}

// guardedRun is a running tributary with users alice, an editor, and bob, a viewer, a token, and a proxy
// at 127.0.0.2.
func guardedRun(t *testing.T) (r *running, token string) {
	t.Helper()
	_, alice := made(t, alicesPassword+"\n", "password", "alice", "--role", "editor")
	_, bob := made(t, bobsPassword+"\n", "password", "bob")
	printed, robot := made(t, "", "token", "robot")
	_, token, _ = strings.Cut(printed, "once: ")
	token, _, _ = strings.Cut(token, "\n")
	dir := t.TempDir()
	r = &running{t: t, udp: freePort(t, "udp"), done: make(chan int, 1)}
	web := freePort(t, "tcp")
	r.url = fmt.Sprintf("http://127.0.0.1:%d", web)
	r.config = put(t, filepath.Join(dir, "tributary.yaml"), fmt.Sprintf(`own: [203.0.113.0/24]
regions:
  - {name: Here, exporters: [127.0.0.1]}
listen: ["127.0.0.1:%d"]
console:
  listen: "127.0.0.1:%d"
  users: [%s, %s]
  tokens: [%s]
  proxy: {from: [127.0.0.2], header: X-Forwarded-User, role: viewer}
`, r.udp, web, alice, bob, robot))
	r.start()
	return r, token
}

// send sends one request and returns its status and body.
func send(t *testing.T, client *http.Client, method, url, body string, header ...string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			request.Host = header[i+1]
		}
		request.Header.Set(header[i], header[i+1])
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// from is a client whose connections come from an address of this machine.
func from(address string) *http.Client {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	return &http.Client{Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true}}
}

// TestAccess asks a running tributary as a stranger, a viewer, an editor, a program, a proxy, and as
// pages of other sites would.
func TestAccess(t *testing.T) {
	r, token := guardedRun(t)
	f := func(client *http.Client, method, path, body string, want int, header ...string) string {
		t.Helper()
		status, text := send(t, client, method, r.url+path, body, header...)
		if status != want {
			t.Errorf("%s %s %q: %d %s, want %d", method, path, header, status, text, want)
		}
		return text
	}
	stranger := from("127.0.0.1")
	f(stranger, "GET", "/api/v1/status", "", 401)
	f(stranger, "GET", "/metrics", "", 401)
	f(stranger, "GET", "/healthz", "", 200)

	// A program with its token.
	bearer := []string{"Authorization", "Bearer " + token}
	f(stranger, "GET", "/metrics", "", 200, bearer...)
	f(stranger, "PUT", "/api/v1/views/v", `{"query":"by=type"}`, 403, bearer...)
	f(stranger, "GET", "/api/v1/status", "", 401, "Authorization", "Bearer "+token[:len(token)-1]+"_")

	// The proxy is 127.0.0.2, and nobody else.
	if got := f(from("127.0.0.2"), "GET", "/api/v1/session", "", 200, "X-Forwarded-User", "carol"); !strings.Contains(got, `"name":"carol","role":"viewer","login":"proxy"`) {
		t.Errorf("%s", got)
	}
	f(from("127.0.0.2"), "GET", "/api/v1/status", "", 200, "X-Forwarded-User", "carol")
	f(from("127.0.0.2"), "PUT", "/api/v1/views/v", `{"query":"by=type"}`, 403, "X-Forwarded-User", "carol")
	for _, other := range []string{"127.0.0.1", "127.0.0.3"} {
		f(from(other), "GET", "/api/v1/session", "", 403, "X-Forwarded-User", "carol")
		f(from(other), "GET", "/api/v1/status", "", 403, "X-Forwarded-User", "alice", "X-Forwarded-For", "127.0.0.2")
	}

	// An editor's browser, and what other sites could make it send.
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	f(browser, "POST", "/api/v1/session", `{"name":"alice","password":"`+alicesPassword+`"}`, 403, "Origin", "https://evil.example")
	f(browser, "POST", "/api/v1/session", `{"name":"alice","password":"`+alicesPassword+`"}`, 200)
	f(browser, "PUT", "/api/v1/views/v", `{"query":"by=type"}`, 403, "Sec-Fetch-Site", "cross-site")
	f(browser, "PUT", "/api/v1/views/v", `{"query":"by=type"}`, 403, "Origin", "https://evil.example")
	f(browser, "GET", "/api/v1/status", "", 421, "Host", "evil.example")
	f(browser, "PUT", "/api/v1/views/v", `{"query":"by=type"}`, 200, "Sec-Fetch-Site", "same-origin", "Origin", r.url)
	audit := f(browser, "GET", "/api/v1/audit", "", 200)
	for _, want := range []string{`"action":"save view"`, `"action":"log in"`, `"action":"refused"`, `"login":"password"`} {
		if !strings.Contains(audit, want) {
			t.Errorf("the audit log has no %s: %s", want, audit)
		}
	}

	// A restart ends sessions and keeps views.
	r.end()
	r.start()
	f(browser, "GET", "/api/v1/views", "", 401)
	if got := f(stranger, "GET", "/api/v1/views", "", 200, bearer...); !strings.Contains(got, `"name":"v","query":"by=type"`) {
		t.Errorf("after a restart: %s", got)
	}
	for _, name := range []string{"audit.log", "views.json"} {
		info, err := os.Stat(filepath.Join(filepath.Dir(r.config), "data", name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, info, err)
		}
	}
}

// selfSigned writes a certificate of 127.0.0.1 and its key, and returns who trusts it.
func selfSigned(t *testing.T, dir string) *http.Client {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, BasicConstraintsValid: true, IsCA: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	put(t, filepath.Join(dir, "console.pem"), string(certificate))
	put(t, filepath.Join(dir, "console.key"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})))
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(certificate)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
}

// TestTLS serves all addresses of the machine over TLS, with a login.
func TestTLS(t *testing.T) {
	_, alice := made(t, alicesPassword+"\n", "password", "alice", "--role", "editor")
	dir := t.TempDir()
	client := selfSigned(t, dir)
	port := freePort(t, "tcp")
	config := put(t, filepath.Join(dir, "tributary.yaml"), fmt.Sprintf(`own: [203.0.113.0/24]
regions: [{name: Here, exporters: [192.0.2.1]}]
listen: ["127.0.0.1:%d"]
console: {listen: ":%d", users: [%s], tls: {certificate: console.pem, key: console.key}}
`, freePort(t, "udp"), port, alice))
	ctx, stop := context.WithCancel(t.Context())
	var stderr bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		ended <- (&Main{Ctx: ctx, Stdout: io.Discard, Stderr: &stderr}).Run([]string{"-c", config, "run"})
	}()
	defer func() {
		stop()
		if status := <-ended; status != 0 {
			t.Errorf("exit status %d: %s", status, &stderr)
		}
		if !strings.Contains(stderr.String(), "url=https://") {
			t.Errorf("it does not say where: %s", &stderr)
		}
	}()
	url := fmt.Sprintf("https://127.0.0.1:%d", port)
	var response *http.Response
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		var err error
		if response, err = client.Get(url + "/healthz"); err == nil {
			response.Body.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("it does not answer at %s: %v", url, err)
		}
	}
	if response.Header.Get("Strict-Transport-Security") == "" || response.TLS.Version < tls.VersionTLS12 {
		t.Errorf("%v", response.Header)
	}
	if status, body := send(t, client, "POST", url+"/api/v1/session", `{"name":"alice","password":"`+alicesPassword+`"}`); status != 200 {
		t.Fatalf("%d %s", status, body)
	}
	if cookies := client.Jar.Cookies(response.Request.URL); len(cookies) != 1 || cookies[0].Name != "__Host-tributary" {
		t.Errorf("%v", cookies)
	}
	if status, _ := send(t, client, "GET", url+"/api/v1/status", ""); status != 200 {
		t.Errorf("logged in: %d", status)
	}
	if status, _ := send(t, &http.Client{}, "GET", strings.Replace(url, "https", "http", 1)+"/healthz", ""); status != 400 {
		t.Errorf("without TLS: %d", status)
	}
}

// TestAccessPages drives a browser: who is let in, and who may change what.
func TestAccessPages(t *testing.T) {
	needsPages(t)
	r, _ := guardedRun(t)
	want, err := json.Marshal(map[string]string{"alice": alicesPassword, "bob": bobsPassword})
	if err != nil {
		t.Fatal(err)
	}
	if out, err := inBrowser(t, "access.mjs", r.url, string(want)); err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, r.log())
	}
}
