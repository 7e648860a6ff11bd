package main

import (
	"fmt"
	"net"
	"strings"

	"tributary/internal/config"
	"tributary/internal/console"
)

// listenWeb opens the console's socket and reads its certificate. It does not serve others without a
// login, even where a name in the configuration turns out to be another address than it says.
func listenWeb(c *config.Console) (net.Listener, *console.Certificate, error) {
	certificate, err := consoleCertificate(c)
	if err != nil {
		return nil, nil, err
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot serve the console (console.listen in the configuration): %w", err)
	}
	if at, ok := l.Addr().(*net.TCPAddr); !c.Login() && (!ok || !at.IP.IsLoopback()) {
		l.Close()
		return nil, nil, usagef("console.listen: %s is %s, which other machines reach, and no login is configured: listen on 127.0.0.1, or add console.users (tributary password makes the lines) or console.proxy", c.Listen, l.Addr())
	}
	return l, certificate, nil
}

// consoleCertificate reads the console's certificate; nil where none is configured.
func consoleCertificate(c *config.Console) (*console.Certificate, error) {
	if c.TLS.Certificate == "" {
		return nil, nil
	}
	certificate, err := console.LoadCertificate(c.TLS.Certificate, c.TLS.Key)
	if err != nil {
		return nil, usagef("%w", err)
	}
	return certificate, nil
}

// roles are the configuration's, as the console has them.
var roles = map[config.Role]console.Role{config.ViewerRole: console.Viewer, config.EditorRole: console.Editor, "": console.Viewer}

// consoleAccess is who may use the console.
func consoleAccess(c *config.Console) console.Access {
	a := console.Access{
		PublicURL: strings.TrimRight(c.PublicURL, "/"),
		Proxy:     console.Proxy{Header: c.Proxy.Header, RoleHeader: c.Proxy.RoleHeader, Role: roles[c.Proxy.Role]},
	}
	for _, u := range c.Users {
		a.Users = append(a.Users, console.User{Name: u.Name, Role: roles[u.Role], Password: u.Password})
	}
	for _, t := range c.Tokens {
		a.Tokens = append(a.Tokens, console.Token{Name: t.Name, Role: roles[t.Role], Sum: t.Hash})
	}
	for _, from := range c.Proxy.From {
		a.Proxy.From = append(a.Proxy.From, from.Prefix)
	}
	return a
}

// consoleURL is where the console answers.
func (s *server) consoleURL() string {
	scheme := "http"
	if s.certificate != nil {
		scheme = "https"
	}
	return scheme + "://" + s.web.Addr().String() + "/"
}

// accessSummary says in a few words who may use the console.
func accessSummary(c *config.Console, certificate *console.Certificate) string {
	var parts []string
	if !c.Login() {
		parts = append(parts, "no login")
	}
	if n := len(c.Users); n > 0 {
		parts = append(parts, plural(n, "user"))
	}
	if n := len(c.Tokens); n > 0 {
		parts = append(parts, plural(n, "token"))
	}
	if c.Proxy.Header != "" {
		parts = append(parts, "logins of a proxy")
	}
	if certificate != nil {
		parts = append(parts, "certificate until "+certificate.Expires().UTC().Format("2006-01-02"))
	}
	return fmt.Sprintf("console on %s with %s", c.Listen, strings.Join(parts, ", "))
}
