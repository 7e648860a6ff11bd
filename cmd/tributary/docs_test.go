package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"tributary/internal/catalogue"
	"tributary/internal/config"
	"tributary/internal/secret"
	"tributary/internal/testenv"
)

// TestHelpIsDocumented: docs/reference/cli.md has the help of every command, word for word. With
// -update it is written there.
func TestHelpIsDocumented(t *testing.T) {
	path := filepath.Join(testenv.Root(t), "docs", "reference", "cli.md")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	intro, _, found := strings.Cut(string(data), "\n## run\n")
	if !found {
		t.Fatal("docs/reference/cli.md has no heading ## run")
	}
	var want strings.Builder
	want.WriteString(intro)
	for _, name := range commandNames() {
		var stdout, stderr bytes.Buffer
		m := &Main{Ctx: context.Background(), Stdout: &stdout, Stderr: &stderr}
		if status := m.Run([]string{name, "--help"}); status != 0 || stderr.Len() > 0 {
			t.Fatalf("%s --help: status %d, %s", name, status, &stderr)
		}
		fmt.Fprintf(&want, "\n## %s\n\n```text\n%s```\n", name, &stdout)
	}
	if *update {
		if err := os.WriteFile(path, []byte(want.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got := string(data); got != want.String() {
		t.Error("docs/reference/cli.md differs from the commands' help: go test ./cmd/tributary -run TestHelpIsDocumented -update")
	}
}

// commandNames are the commands, in the order of the help.
func commandNames() []string {
	var names []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[commands]()) {
		if _, is := f.Tag.Lookup("cmd"); is {
			names = append(names, strings.ToLower(f.Name))
		}
	}
	return names
}

// TestDocumentedCommands: whatever command line the manual and the README show is one that the program
// takes: the command exists, and so do its flags.
func TestDocumentedCommands(t *testing.T) {
	root := testenv.Root(t)
	files := []string{filepath.Join(root, "README.md")}
	for _, pattern := range []string{"*.md", "*/*.md"} {
		more, err := filepath.Glob(filepath.Join(root, "docs", pattern))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, more...)
	}
	known := map[string]string{} // help by command
	for _, name := range commandNames() {
		var stdout bytes.Buffer
		(&Main{Ctx: context.Background(), Stdout: &stdout, Stderr: &stdout}).Run([]string{name, "--help"})
		known[name] = stdout.String()
	}
	line := regexp.MustCompile(`(?:^|[\s(` + "`" + `])(?:bin/|sudo )?tributary((?: (?:-c|--config) \S+)?) ([a-z]+)((?: [^` + "`" + `\n|;)]*)?)`)
	flag := regexp.MustCompile(`(?:^|\s)(--?[a-z][a-z-]*)`)
	checked := 0
	for _, file := range files {
		if filepath.Base(file) == "cli.md" { // the help itself
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, code := range commandLines(string(data)) {
			for _, m := range line.FindAllStringSubmatch(code, -1) {
				checked++
				help, ok := known[m[2]]
				if !ok {
					t.Errorf("%s: %q: there is no command %s", filepath.Base(file), m[0], m[2])
					continue
				}
				for _, f := range flag.FindAllStringSubmatch(m[3], -1) {
					if !regexp.MustCompile(`(?m)(^|[\s,])` + regexp.QuoteMeta(f[1]) + `([\s,=]|$)`).MatchString(help) {
						t.Errorf("%s: %q: %s has no flag %s", filepath.Base(file), m[0], m[2], f[1])
					}
				}
			}
		}
	}
	if checked < 40 {
		t.Errorf("found %d command lines, want at least 40: the test no longer sees them", checked)
	}
}

// commandLines are the lines of code blocks and the pieces of code in the text.
func commandLines(page string) []string {
	var out []string
	inBlock := false
	for l := range strings.Lines(page) {
		switch {
		case strings.HasPrefix(strings.TrimSpace(l), "```"):
			inBlock = !inBlock
		case inBlock:
			out = append(out, l)
		default:
			for i, piece := range strings.Split(l, "`") {
				if i%2 == 1 {
					out = append(out, piece)
				}
			}
		}
	}
	return out
}

// TestDocumentedConfigurations: every piece of YAML that the manual and the README show is read as what
// it is: a catalogue file, or a configuration, with what it leaves out of the two required keys added.
func TestDocumentedConfigurations(t *testing.T) {
	root := testenv.Root(t)
	hash, err := secret.NewHash("a password of some words")
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, pattern := range []string{"README.md", "docs/*/*.md"} {
		files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile("(?ms)^( *)```yaml\n(.*?)^ *```").FindAllStringSubmatch(string(data), -1) {
				text := regexp.MustCompile("(?m)^"+m[1]).ReplaceAllString(m[2], "")
				if strings.HasPrefix(text, "scrape_configs:") {
					continue
				}
				checked++
				if err := readsAs(t, strings.ReplaceAll(text, "$argon2id$...", hash.String())); err != nil {
					t.Errorf("%s: %v\n%s", filepath.Base(file), err, text)
				}
			}
		}
	}
	if checked < 12 {
		t.Errorf("found %d pieces of YAML, want at least 12: the test no longer sees them", checked)
	}
}

// readsAs reads a catalogue file or a configuration.
func readsAs(t *testing.T, text string) error {
	path := filepath.Join(t.TempDir(), "shown.yaml")
	has := func(key string) bool { return regexp.MustCompile(`(?m)^` + key + `:`).MatchString(text) }
	isCatalogue := has("networks") || has("prefixes")
	if !isCatalogue && !has("own") {
		text += "\nown: [203.0.113.0/24]\n"
	}
	if !isCatalogue && !has("regions") {
		text += "\nregions: [{name: Somewhere, exporters: [0.0.0.0/0]}]\n"
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if isCatalogue {
		_, err := catalogue.Load([]string{path})
		return err
	}
	_, err := config.Load(path)
	return err
}
