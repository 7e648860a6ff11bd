package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"tributary/internal/secret"
	"tributary/internal/yamlfile"
)

type passwordCmd struct {
	Name string `arg:"" optional:"" default:"admin" help:"Name of the user (default admin)."`
	Role string `enum:"viewer,editor" default:"viewer" help:"What the user may do: viewer sees everything, editor also changes the catalogue and saved views and builds reports (default viewer)."`
}

// Help is what password --help says beside the flags.
func (*passwordCmd) Help() string {
	return `Asks for the password twice, without showing it; where standard input is no terminal, it reads one line from there. Nothing is written anywhere: it prints lines to put into the configuration. A password has 12 characters or more; a few words make a good one.

The hash is argon2id with 64 MiB of memory, 3 passes and 4 lanes (m=65536,t=3,p=4: the second recommendation of RFC 9106), a salt of 16 octets and a key of 32. Every log-in takes that memory for about a tenth of a second; two run at once.`
}

// Run hashes a password and prints the lines of the configuration that let the user in.
func (c *passwordCmd) Run(m *Main) error {
	password, err := m.askPassword(c.Name)
	if err != nil {
		return err
	}
	hash, err := secret.NewHash(password)
	if err != nil {
		return usagef("%w", err)
	}
	user := struct {
		Name     string `yaml:"name"`
		Role     string `yaml:"role"`
		Password string `yaml:"password"`
	}{c.Name, c.Role, hash.String()}
	_, err = fmt.Fprintf(m.Stdout, "console:\n  users:\n    - %s\n", yamlfile.AppendInline(nil, user))
	return err
}

// askPassword reads a password: twice from a terminal, without echo, else once from a line.
func (m *Main) askPassword(name string) (string, error) {
	f, ok := m.Stdin.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		line, err := bufio.NewReader(io.LimitReader(m.Stdin, 2*secret.LongestPassword)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("cannot read the password: %w", err)
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	var typed [2]string
	for i, prompt := range []string{"Password of " + name + ": ", "The same again: "} {
		fmt.Fprint(m.Stderr, prompt)
		b, err := m.readHidden(int(f.Fd()))
		fmt.Fprintln(m.Stderr)
		if err != nil {
			return "", fmt.Errorf("cannot read the password: %w", err)
		}
		typed[i] = string(b)
	}
	if typed[0] != typed[1] {
		return "", usagef("the two passwords differ: nothing was made; try again")
	}
	return typed[0], nil
}

// readHidden reads a line from a terminal that does not show it. When the program is asked to stop, as by
// Ctrl-C, it gives the terminal back as it was.
func (m *Main) readHidden(terminal int) ([]byte, error) {
	was, err := term.GetState(terminal)
	if err != nil {
		return nil, err
	}
	type line struct {
		text []byte
		err  error
	}
	read := make(chan line, 1)
	go func() { // ends with the program, where nobody types any more
		text, err := term.ReadPassword(terminal)
		read <- line{text, err}
	}()
	select {
	case l := <-read:
		return l.text, l.err
	case <-m.Ctx.Done():
		return nil, errors.Join(errors.New("stopped: nothing was made"), term.Restore(terminal, was))
	}
}

type tokenCmd struct {
	Name string `arg:"" help:"Name of the program that uses it, such as prometheus."`
	Role string `enum:"viewer,editor" default:"viewer" help:"What the program may do: viewer reads everything, editor also changes (default viewer)."`
}

// Help is what token --help says beside the flags.
func (*tokenCmd) Help() string {
	return `Prints a new token, which cannot be shown again, and the lines of the configuration that let in whoever sends it: curl -H "Authorization: Bearer trb_..." http://127.0.0.1:8080/api/v1/status

A token has 256 random bits: the configuration keeps its SHA-256, of which nobody can make the token. To take a token back, remove its lines and start tributary again.`
}

// Run makes a token and prints it with the lines of the configuration.
func (c *tokenCmd) Run(m *Main) error {
	token := secret.NewToken()
	line := struct {
		Name string `yaml:"name"`
		Role string `yaml:"role"`
		Hash string `yaml:"hash"`
	}{c.Name, c.Role, secret.SumOf(token).String()}
	_, err := fmt.Fprintf(m.Stdout, "# The token, shown this once: %s\nconsole:\n  tokens:\n    - %s\n", token, yamlfile.AppendInline(nil, line))
	return err
}
