package console

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"tributary/internal/secret"
)

// Role is what somebody may do.
type Role uint8

// The roles, each with what those before it may.
const (
	Anyone Role = iota // who has not said who they are: the log-in page
	Viewer             // sees everything
	Editor             // also changes: views, the catalogue, reports
)

// String is the role's name in the configuration.
func (r Role) String() string { return [...]string{"anyone", "viewer", "editor"}[r] }

// Identity is who asks.
type Identity struct {
	Name    string
	Role    Role
	Login   Login  // how they are known
	Address string // where they ask from; "" where that is not known
}

// Login is how somebody is known.
type Login string

// The ways to be known.
const (
	LoginNone     Login = "none"     // nobody logs in: this machine's own address, and no login configured
	LoginPassword Login = "password" // a session, begun with a password
	LoginProxy    Login = "proxy"    // a header of a trusted proxy
	LoginToken    Login = "token"    // an API token
)

// Access is who may use the console. Its zero value lets everybody do everything: it is for loopback
// addresses only.
type Access struct {
	Users     []User
	Tokens    []Token
	Proxy     Proxy
	PublicURL string // scheme://host of the address at which a proxy is reached; "" = none
}

// User is somebody who logs in with a password.
type User struct {
	Name     string
	Role     Role
	Password secret.Hash
}

// Token is a program that asks the API.
type Token struct {
	Name string
	Role Role
	Sum  secret.Sum
}

// Proxy is what stands before the console.
type Proxy struct {
	From       []netip.Prefix // whose connections are its
	Header     string         // names who has logged in; "" = nobody logs in with it
	RoleHeader string         // says the role; "" = Role
	Role       Role
}

// login reports whether anybody has to say who they are.
func (a *Access) login() bool { return len(a.Users) > 0 || a.Proxy.Header != "" }

// isProxy reports whether an address is the proxy's.
func (a *Access) isProxy(addr netip.Addr) bool {
	return slices.ContainsFunc(a.Proxy.From, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// encrypts reports whether the proxy encrypts.
func (a *Access) encrypts() bool { return strings.HasPrefix(a.PublicURL, "https://") }

// publicHost is the host of PublicURL, without a port; "" where there is none.
func (a *Access) publicHost() string {
	u, err := url.Parse(a.PublicURL)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// visit is a request and who makes it.
type visit struct {
	who Identity
	key string // of the session that who is known by; "" = of none

	// encrypted says that the browser's connection is, whoever ends it. confidential says that a
	// password may be taken: the connection is encrypted, or does not leave the machine.
	encrypted, confidential bool
	header                  http.Header // of the answer
}

type visitKey struct{}

func visitOf(ctx context.Context) *visit {
	v, _ := ctx.Value(visitKey{}).(*visit)
	if v == nil {
		return &visit{header: http.Header{}}
	}
	return v
}

// identityOf is who asks; the zero Identity if nobody said.
func identityOf(ctx context.Context) Identity { return visitOf(ctx).who }

// setHeader sets a header of the answer that is being made.
func setHeader(ctx context.Context, name, value string) { visitOf(ctx).header.Set(name, value) }

// peerOf is the address that the connection comes from; invalid where the request came over none.
func peerOf(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap().WithZone("")
}

// maxHops bounds how much of X-Forwarded-For is read.
const maxHops = 16

// clientOf is the address that a request comes from: the peer's, or where that is the proxy, the last of
// X-Forwarded-For that is not. What stands before it may be made up.
func (a *Access) clientOf(r *http.Request) netip.Addr {
	at := peerOf(r)
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && len(hops)-i <= maxHops && a.isProxy(at); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		at = hop.Unmap().WithZone("")
	}
	return at
}

// visitBy finds who makes a request. The error is for whoever sent what cannot be true; without one and
// without a login, who is Anyone.
//
// A proxy's header goes before a token, and that before a session: what a proxy says of a request is
// newer than what the browser remembers.
func (c *Console) visitBy(r *http.Request) (*visit, *userError) {
	a := &c.config.Access
	peer := peerOf(r)
	ours := a.isProxy(peer)
	v := &visit{encrypted: r.TLS != nil || a.encrypts() && ours}
	v.confidential = v.encrypted || peer.IsLoopback()
	if client := a.clientOf(r); client.IsValid() {
		v.who.Address = client.String()
	}
	if !a.login() {
		v.who = Identity{Name: "local", Role: Editor, Login: LoginNone, Address: v.who.Address}
		return v, nil
	}
	if known, err := c.byProxy(r, v, ours); known || err != nil {
		return v, err
	}
	if known, err := c.byToken(r, v); known || err != nil {
		return v, err
	}
	c.bySession(r, v)
	return v, nil
}

// byProxy takes a trusted proxy's word, and refuses everybody else's.
func (c *Console) byProxy(r *http.Request, v *visit, ours bool) (bool, *userError) {
	p := &c.config.Access.Proxy
	if p.Header == "" {
		return false, nil
	}
	names := r.Header.Values(p.Header)
	var roles []string
	if p.RoleHeader != "" {
		roles = r.Header.Values(p.RoleHeader)
	}
	if !ours {
		if len(names)+len(roles) > 0 {
			return false, &userError{status: http.StatusForbidden, detail: "The header " + p.Header + " is taken from the proxy only, and this connection does not come from its addresses (console.proxy.from)."}
		}
		return false, nil
	}
	if len(names) == 0 || len(names) == 1 && names[0] == "" { // the proxy lets some through unnamed
		return false, nil
	}
	name, role := names[0], p.Role
	if len(names) > 1 || len(roles) > 1 || !nameable(name) {
		return false, &userError{status: http.StatusForbidden, detail: "The proxy must send " + p.Header + " once, with a name of at most 80 characters: it passes on what browsers send, or sends it twice."}
	}
	if len(roles) == 1 {
		switch roles[0] {
		case Viewer.String():
			role = Viewer
		case Editor.String():
			role = Editor
		default:
			return false, &userError{status: http.StatusForbidden, detail: "The proxy gives " + name + " a role that there is not: " + p.RoleHeader + " must be viewer or editor."}
		}
	}
	v.who.Name, v.who.Role, v.who.Login = name, role, LoginProxy
	return true, nil
}

// nameable reports whether a text can stand for somebody in tables and logs.
func nameable(name string) bool {
	return name != "" && len(name) <= 80 && utf8.ValidString(name) && name == strings.TrimSpace(name) && !strings.ContainsFunc(name, unicode.IsControl)
}

// errInClear answers whoever sends a secret over a connection that others can read.
var errInClear = &userError{status: http.StatusForbidden, detail: "Passwords, tokens and sessions are taken over an encrypted connection only: use the https:// address."}

// byToken knows the holder of a token. Authorization of another kind is not for us.
func (c *Console) byToken(r *http.Request, v *visit) (bool, *userError) {
	kind, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(kind, "Bearer") {
		return false, nil
	}
	if !v.confidential {
		return false, errInClear
	}
	who, found := c.tokens[secret.SumOf(token)]
	if !secret.IsToken(token) || !found {
		return false, &userError{status: http.StatusUnauthorized, detail: "There is no such token. 'tributary token' makes one, and the lines for the configuration."}
	}
	v.who.Name, v.who.Role, v.who.Login = who.Name, who.Role, LoginToken
	return true, nil
}
