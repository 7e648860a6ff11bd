package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"tributary/internal/secret"
)

// Console is the web server and who may use it.
type Console struct {
	Listen    string  `yaml:"listen"`               // host:port, TCP
	PublicURL string  `yaml:"public_url,omitempty"` // where people reach it by way of a proxy; "" = at Listen
	Users     []User  `yaml:"users,omitempty"`
	Tokens    []Token `yaml:"tokens,omitempty"`
	Proxy     Proxy   `yaml:"proxy,omitempty"`
	TLS       TLS     `yaml:"tls,omitempty"`
}

// User is somebody who logs in with a password.
type User struct {
	Name     string      `yaml:"name"`
	Role     Role        `yaml:"role"`
	Password secret.Hash `yaml:"password"`
}

// Token is a program that asks the API.
type Token struct {
	Name string     `yaml:"name"`
	Role Role       `yaml:"role"`
	Hash secret.Sum `yaml:"hash"`
}

// Proxy is what stands before the console and is believed.
type Proxy struct {
	From       []Source `yaml:"from,omitempty"`        // where its connections come from
	Header     string   `yaml:"header,omitempty"`      // in which it names who has logged in with it; "" = nobody logs in with it
	RoleHeader string   `yaml:"role_header,omitempty"` // in which it says the role; "" = always Role
	Role       Role     `yaml:"role,omitempty"`        // of who logs in with it; "" = viewer
}

// TLS is the certificate of the console. Both files or none.
type TLS struct {
	Certificate string `yaml:"certificate,omitempty"` // PEM, with the chain
	Key         string `yaml:"key,omitempty"`         // PEM
}

// Role is what somebody may do.
type Role string

// The roles.
const (
	ViewerRole Role = "viewer" // sees everything
	EditorRole Role = "editor" // also changes views, the catalogue and reports
)

// maxUsers bounds users and tokens: people and programs that somebody writes down by hand.
const maxUsers = 1000

// Login reports whether anybody has to log in: whoever reaches the console may do everything else.
func (c *Console) Login() bool { return len(c.Users) > 0 || c.Proxy.Header != "" }

// Loopback reports whether only this machine reaches Listen. A host name other than localhost is taken
// to be reachable, whatever it resolves to.
func (c *Console) Loopback() bool {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return false
	}
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// headerName is a header field that a proxy may be told to use.
var headerName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,63}$`)

// taken are headers that already mean something else to the console or to HTTP.
var taken = []string{"authorization", "cookie", "host", "origin", "content-type", "content-length", "connection", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "sec-fetch-site"}

// console checks who may use the console, and that no secret has to be sent in the clear.
func (v *validator) console(c *Console) {
	v.hostPort("console.listen", c.Listen, "127.0.0.1:8080")
	v.users(c)
	v.proxy(&c.Proxy)
	secrets := len(c.Users) > 0 || len(c.Tokens) > 0
	public := v.publicURL(c, secrets)
	if (c.TLS.Certificate == "") != (c.TLS.Key == "") {
		v.add("console.tls", "must name both certificate and key, as files in PEM, or neither")
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil || c.Loopback() {
		return
	}
	if !c.Login() {
		v.add("console.listen", "%s is reached from other machines, and no login is configured: listen on 127.0.0.1, or add console.users (tributary password makes the lines) or console.proxy", c.Listen)
		return
	}
	if secrets && c.TLS.Certificate == "" && (public == nil || public.Scheme != "https") {
		v.add("console.tls", "is missing: %s is reached from other machines, and passwords and tokens would cross the network unencrypted; name certificate and key, or, where a proxy before the console encrypts, its address as console.public_url (https://...) and console.proxy.from", c.Listen)
	}
}

func (v *validator) users(c *Console) {
	names := map[string]int{}
	for i, u := range c.Users {
		path := fmt.Sprintf("console.users[%d]", i)
		v.name(path+".name", u.Name)
		if first, again := names[u.Name]; again {
			v.add(path+".name", "%q is the name of console.users[%d] already: remove one", u.Name, first)
		} else {
			names[u.Name] = i
		}
		if u.Role == "" {
			v.add(path+".role", "is missing: must be viewer or editor")
		}
		if u.Password.IsZero() {
			v.add(path+".password", "is missing: 'tributary password' makes the line")
		}
	}
	clear(names)
	hashes := map[secret.Sum]int{}
	for i, t := range c.Tokens {
		path := fmt.Sprintf("console.tokens[%d]", i)
		v.name(path+".name", t.Name)
		if first, again := names[t.Name]; again {
			v.add(path+".name", "%q is the name of console.tokens[%d] already: choose another, or nobody can tell them apart", t.Name, first)
		} else {
			names[t.Name] = i
		}
		if t.Role == "" {
			v.add(path+".role", "is missing: must be viewer or editor")
		}
		first, again := hashes[t.Hash]
		switch {
		case t.Hash == secret.Sum{}:
			v.add(path+".hash", "is missing: 'tributary token' makes the line")
		case again:
			v.add(path+".hash", "is that of console.tokens[%d] already: make each program a token of its own, with 'tributary token'", first)
		default:
			hashes[t.Hash] = i
		}
	}
	if len(c.Users) > maxUsers || len(c.Tokens) > maxUsers {
		v.add("console", "must have at most %d users and %d tokens (got %d and %d): let a proxy log in more (console.proxy)", maxUsers, maxUsers, len(c.Users), len(c.Tokens))
	}
	if len(c.Tokens) > 0 && !c.Login() {
		v.add("console.tokens", "protect nothing while nobody has to log in: add console.users or console.proxy.header, or remove them")
	}
}

func (v *validator) proxy(p *Proxy) {
	for i, from := range p.From {
		path := fmt.Sprintf("console.proxy.from[%d]", i)
		if !from.IsValid() || from.Prefix != from.Masked() {
			v.add(path, "must be an address, or a prefix without address bits behind its length (got %q)", from)
		} else if from.Bits() == 0 {
			v.add(path, "%s is every address there is: whoever sets the header would be believed; name those of the proxy", from)
		}
	}
	for _, h := range []struct{ key, name string }{{"header", p.Header}, {"role_header", p.RoleHeader}} {
		if h.name == "" {
			continue
		}
		if !headerName.MatchString(h.name) || slices.Contains(taken, strings.ToLower(h.name)) {
			v.add("console.proxy."+h.key, "must be the name of a header that the proxy sets for this and nobody else uses, such as X-Forwarded-User (got %q)", h.name)
		}
	}
	if p.Header == "" && (p.RoleHeader != "" || p.Role != "") {
		v.add("console.proxy.header", "is missing: name the header in which the proxy says who has logged in, such as X-Forwarded-User")
	}
	if p.Header != "" && strings.EqualFold(p.Header, p.RoleHeader) {
		v.add("console.proxy.role_header", "is the header that names who has logged in (%s): name another", p.Header)
	}
	if p.Header != "" && len(p.From) == 0 {
		v.add("console.proxy.from", "is missing: list the addresses that the proxy connects from, such as [127.0.0.1]; the header is believed from nobody else")
	}
}

// publicURL checks where people reach the console; nil where that is not said, or wrongly.
func (v *validator) publicURL(c *Console, secrets bool) *url.URL {
	if c.PublicURL == "" {
		return nil
	}
	u, err := url.Parse(c.PublicURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.ForceQuery ||
		strings.Trim(u.Path, "/") != "" || strings.ContainsAny(u.Host, " \\%\"'") || strings.HasSuffix(u.Host, ":") || u.Scheme+"://"+strings.ToLower(u.Host) != strings.TrimRight(c.PublicURL, "/") {
		v.add("console.public_url", "must be a scheme and a host without a path, in small letters, such as https://flows.example.net (got %q)", c.PublicURL)
		return nil
	}
	if port := u.Port(); port == "443" && u.Scheme == "https" || port == "80" && u.Scheme == "http" {
		v.add("console.public_url", "must be written as browsers do, without :%s (got %q)", port, c.PublicURL)
	}
	if u.Scheme == "http" && secrets {
		v.add("console.public_url", "must begin with https:// (got %q): passwords and tokens would cross the network unencrypted", c.PublicURL)
	}
	if u.Scheme == "https" && c.TLS.Certificate == "" && len(c.Proxy.From) == 0 {
		v.add("console.proxy.from", "is missing: list the addresses that the proxy at %s connects from, such as [127.0.0.1]", c.PublicURL)
	}
	return u
}

// Redacted is the configuration without what it keeps of secrets: to be shown, not to be read back.
func (c *Config) Redacted() *Config {
	out := *c
	out.Console.Users, out.Console.Tokens = nil, nil
	for _, u := range c.Console.Users {
		u.Password = secret.Hash{}
		out.Console.Users = append(out.Console.Users, u)
	}
	for _, t := range c.Console.Tokens {
		t.Hash = secret.Sum{}
		out.Console.Tokens = append(out.Console.Tokens, t)
	}
	return &out
}
