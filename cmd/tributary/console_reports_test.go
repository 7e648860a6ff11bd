package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tributary/internal/console"
)

// request asks the console and returns status and body.
func (r *running) request(method, path, body string) (int, string) {
	r.t.Helper()
	q, err := http.NewRequestWithContext(r.t.Context(), method, r.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	if body != "" {
		q.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(q)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp.StatusCode, string(answer)
}

// runSmall runs tributary over smallStore.
func runSmall(t *testing.T) *running {
	t.Helper()
	r := &running{t: t, config: smallStore(t), udp: freePort(t, "udp"), done: make(chan int, 1)}
	web := freePort(t, "tcp")
	r.url = fmt.Sprintf("http://127.0.0.1:%d", web)
	yaml, err := os.ReadFile(r.config)
	if err != nil {
		t.Fatal(err)
	}
	put(t, r.config, fmt.Sprintf("%s\nlisten: [\"127.0.0.1:%d\"]\nconsole: {listen: \"127.0.0.1:%d\"}\n", yaml, r.udp, web))
	r.start()
	return r
}

// TestDatasetOfTheConsole: the API gives the bytes of the command, in every format, and says what is
// wrong with a question.
func TestDatasetOfTheConsole(t *testing.T) {
	r := runSmall(t)
	for _, format := range []string{"csv", "json", "parquet"} {
		for _, unsuppressed := range []bool{false, true} {
			args := []string{"-c", r.config, "dataset", "2025-10..2025-11", "--format", format, "-o", filepath.Join(t.TempDir(), "d")}
			if unsuppressed {
				args = append(args, "--unsuppressed")
			}
			mustRun(t, args...)
			want, err := os.ReadFile(args[7])
			if err != nil {
				t.Fatal(err)
			}
			got := r.get(fmt.Sprintf("/api/v1/dataset?period=2025-10..2025-11&format=%s&unsuppressed=%v", format, unsuppressed))
			if got != string(want) || len(want) < 500 {
				t.Errorf("%s, unsuppressed %v: %d bytes of the API, %d of the command, and not the same", format, unsuppressed, len(got), len(want))
			}
		}
	}
	f := func(query string, status int, detail string) {
		t.Helper()
		got, body := r.request("GET", "/api/v1/dataset?"+query, "")
		if got != status || !strings.Contains(body, detail) || !strings.Contains(body, `"location":"query.`) {
			t.Errorf("%s: %d %s, want %d %q with its place", query, got, body, status, detail)
		}
	}
	f("period=2025-10-03", 400, "is not whole months")
	f("period=2031", 404, "There is no traffic in 2031")
	f("period=2025-10&format=xls", 400, "format")
	f("", 400, "period")
}

// TestReportOfTheConsole: built through the API, a report has the bytes of the command's; then it is
// fetched as an archive, and deleted.
func TestReportOfTheConsole(t *testing.T) {
	r := runSmall(t)
	if status, body := r.request("POST", "/api/v1/reports", `{"period":"2025-13"}`); status != 400 || !strings.Contains(body, `"location":"body.period"`) {
		t.Errorf("no period: %d %s", status, body)
	}
	if status, body := r.request("POST", "/api/v1/reports", `{"period":"2031"}`); status != 422 || !strings.Contains(body, "There is no traffic in 2031") {
		t.Errorf("no traffic: %d %s", status, body)
	}
	if status, body := r.request("POST", "/api/v1/reports", `{"period":"2025-11"}`); status != 202 {
		t.Fatalf("build: %d %s", status, body)
	}
	var b console.Building
	for deadline := time.Now().Add(4 * time.Minute); len(b.Ended) == 0; time.Sleep(100 * time.Millisecond) {
		if err := json.Unmarshal([]byte(r.get("/api/v1/reports/building")), &b); err != nil {
			t.Fatal(err)
		}
		if time.Now().After(deadline) {
			t.Fatalf("not built: %+v", b)
		}
	}
	if b.Ended[0].State != "built" {
		t.Fatalf("ended: %+v\n%s", b.Ended[0], r.log())
	}
	dir := filepath.Join(t.TempDir(), "command")
	mustRun(t, "-c", r.config, "report", "2025-11", "-o", dir)
	built := filepath.Join(filepath.Dir(r.config), "data", "reports", "2025-11")
	for _, name := range []string{"index.html", "report.json", "dataset.csv", "figures/volume.svg"} {
		got, err := os.ReadFile(filepath.Join(built, name))
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not that of the command: %v", name, err)
		}
	}
	if zip := r.get("/api/v1/reports/2025-11/zip"); !strings.HasPrefix(zip, "PK") || !strings.Contains(zip, "2025-11/index.html") {
		t.Error("the archive has no page")
	}
	if status, body := r.request("DELETE", "/api/v1/reports/..%2F..", ""); status != 404 {
		t.Errorf("outside the folder: %d %s", status, body)
	}
	if status, body := r.request("DELETE", "/api/v1/reports/2025-11", ""); status != 200 || strings.Contains(body, `"name":"2025-11","built"`) {
		t.Errorf("delete: %d %s", status, body)
	}
	if _, err := os.Stat(built); !os.IsNotExist(err) {
		t.Errorf("the report is still there: %v", err)
	}
}
