package console

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tributary/internal/flow"
	"tributary/internal/report"
)

// Report is one report that lies in the reports folder.
type Report struct {
	Name  string       `json:"name"` // of its folder; usually the period
	Built time.Time    `json:"built"`
	Bytes int64        `json:"bytes"` // of all its files
	Files []ReportFile `json:"files"` // by path

	// Preview is the path of the figure that stands for the report; empty where it has none.
	Preview string `json:"preview"`
}

// ReportFile is one file of a report.
type ReportFile struct {
	Path  string `json:"path"` // inside the report's folder
	Bytes int64  `json:"bytes"`
}

// Reports is what /api/v1/reports answers.
type Reports struct {
	Reports []Report `json:"reports"` // the last built first
	Folder  string   `json:"folder"`  // where they are looked for
	Command string   `json:"command"` // builds one
	Periods []Period `json:"periods"` // that a report can be built of: years, quarters, months, the newest of each first
}

// Period is a period with traffic.
type Period struct {
	Name  string `json:"name"`
	Kind  string `json:"kind"`  // "month", "quarter" or "year"
	Whole bool   `json:"whole"` // it is over, and the store began before it
}

func (c *Console) registerReports(api huma.API) {
	on(c, api, operation{
		id: "list-reports", method: http.MethodGet, path: "/reports", tag: "Reports", role: Viewer,
		summary: "The reports that were built", about: "Reports in the reports folder, the last built first, with their files, which are served under /reports/NAME/; and the periods that one can be built of.",
	}, func(context.Context, *struct{}) (*Reports, error) { return c.listReports() })
	on(c, api, operation{
		id: "delete-report", method: http.MethodDelete, path: "/reports/{name}", tag: "Reports", role: Editor,
		summary: "Delete a report", about: "Deletes a report's folder with everything in it. It can be built again as long as the store has the period.",
	}, func(ctx context.Context, in *struct {
		Name string `path:"name" maxLength:"80" doc:"The report's name: its folder."`
	}) (*Reports, error) {
		if err := c.deleteReport(in.Name); err != nil {
			return nil, err
		}
		c.audit(ctx, "delete report", "report", in.Name)
		return c.listReports()
	})
	c.registerZip(api)
	c.registerBuilding(api)
	c.registerDataset(api)
}

func (c *Console) listReports() (*Reports, error) {
	list, err := listReports(c.reports)
	if err != nil {
		return nil, err
	}
	return &Reports{Reports: list, Folder: c.reports, Command: c.config.Command, Periods: c.periods()}, nil
}

// periods are the years, quarters and months that the store has traffic of.
func (c *Console) periods() []Period {
	out := []Period{}
	if c.config.Source == nil {
		return out
	}
	extent := c.config.Source().Extent()
	if extent.IsEmpty() {
		return out
	}
	for _, kind := range [...]struct {
		name string
		of   func(flow.Slot) flow.Period
	}{{"year", yearAt}, {"quarter", quarterAt}, {"month", flow.MonthOf}} {
		for p := kind.of(extent.To - 1); ; p = kind.of(p.From - 1) {
			out = append(out, Period{Name: p.Name, Kind: kind.name, Whole: p.To <= extent.To && p.From >= extent.From})
			if p.From <= extent.From || p.From == 0 {
				break
			}
		}
	}
	return out
}

func yearAt(s flow.Slot) flow.Period { return periodNamed(fmt.Sprint(s.Time().Year())) }

func quarterAt(s flow.Slot) flow.Period {
	t := s.Time()
	return periodNamed(fmt.Sprintf("%dQ%d", t.Year(), (int(t.Month())+2)/3))
}

func periodNamed(name string) flow.Period {
	p, err := flow.ParsePeriod(name)
	if err != nil {
		panic("BUG: no period: " + name)
	}
	return p
}

// errNoReport is the answer to a name that is no report's.
var errNoReport = &userError{status: http.StatusNotFound, detail: "There is no such report; /api/v1/reports lists what there is."}

// deleteReport removes a report's folder.
func (c *Console) deleteReport(name string) error {
	root, err := c.openReport(name)
	if err != nil {
		return err
	}
	defer root.Close()
	if c.builder.busy(name) {
		return &userError{status: http.StatusConflict, detail: "A report of this name is being built: cancel that first."}
	}
	if _, err := root.Stat(path.Join(name, "report.json")); err != nil { // no folder of another kind is ever removed
		return &userError{status: http.StatusConflict, detail: "This folder was not made by tributary report: it has no report.json. Remove it by hand."}
	}
	return root.RemoveAll(name)
}

// openReport opens the folder of reports, where there is a report of this name.
func (c *Console) openReport(name string) (*os.Root, error) {
	if c.reports == "" || hidden(name) || !fs.ValidPath(name) || strings.Contains(name, "/") || name == "." {
		return nil, errNoReport
	}
	root, err := os.OpenRoot(c.reports)
	if err != nil {
		return nil, errNoReport
	}
	if _, err := root.Stat(path.Join(name, "index.html")); err != nil {
		root.Close()
		return nil, errNoReport
	}
	return root, nil
}

// maxReportFiles bounds the listing of a folder that is no report; a report has some forty files.
const maxReportFiles = 500

// listReports finds the folders that hold an index.html. A missing folder holds none.
func listReports(dir string) ([]Report, error) {
	out := []Report{}
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) || dir == "" {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	defer root.Close()
	files := root.FS()
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if !e.IsDir() || hidden(e.Name()) {
			continue
		}
		index, err := fs.Stat(files, path.Join(e.Name(), "index.html"))
		if err != nil {
			continue
		}
		r := Report{Name: e.Name(), Built: index.ModTime().UTC(), Files: []ReportFile{}}
		err = fs.WalkDir(files, e.Name(), func(name string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() || hidden(d.Name()) {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			r.Bytes += info.Size()
			r.Files = append(r.Files, ReportFile{strings.TrimPrefix(name, e.Name()+"/"), info.Size()})
			if last := r.Files[len(r.Files)-1].Path; last == "figures/volume.svg" {
				r.Preview = last
			}
			if len(r.Files) == maxReportFiles {
				return fs.SkipAll
			}
			return nil
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // being rebuilt just now
			return nil, err
		}
		out = append(out, r)
	}
	slices.SortStableFunc(out, func(a, b Report) int { return b.Built.Compare(a.Built) })
	return out, nil
}

func hidden(name string) bool { return strings.HasPrefix(name, ".") }

// reportTypes are the content types of what a report may hold; nothing else is served.
var reportTypes = map[string]string{
	".html":    "text/html; charset=utf-8",
	".svg":     "image/svg+xml",
	".png":     "image/png",
	".csv":     "text/csv; charset=utf-8",
	".json":    "application/json",
	".parquet": "application/vnd.apache.parquet",
}

// reportPolicy is the content security policy of a report: it is self-contained, so that it opens
// from disk, and brings its style, and its one small script, inside the page. A page of another version
// of the program has another script, which is not run: it is complete without.
var reportPolicy = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; font-src data:; " +
	"script-src " + report.ScriptSource() + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// serveReport sends one file of a report; a folder's is its index.html. os.Root keeps the path inside the folder, whatever it holds,
// and refuses symbolic links that lead out.
func (c *Console) serveReport(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("path")
	missing := func() {
		refuse(w, r, http.StatusNotFound, "There is no such file in the reports folder; /reports lists what there is.")
	}
	if strings.HasSuffix(name, "/") {
		name += "index.html"
	}
	if c.reports == "" || !fs.ValidPath(name) || slices.ContainsFunc(strings.Split(name, "/"), hidden) {
		missing()
		return
	}
	root, err := os.OpenRoot(c.reports)
	if err != nil {
		missing()
		return
	}
	defer root.Close()
	info, err := root.Stat(name)
	if err == nil && info.IsDir() {
		// Relative links in the report need the trailing slash.
		http.Redirect(w, r, redirectTo("/reports/"+name+"/"), http.StatusFound)
		return
	}
	contentType := reportTypes[path.Ext(name)]
	if err != nil || contentType == "" || !info.Mode().IsRegular() {
		missing()
		return
	}
	f, err := root.Open(name)
	if err != nil {
		missing()
		return
	}
	defer f.Close()
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Security-Policy", reportPolicy)
	h.Set("Cache-Control", "no-cache")
	http.ServeContent(w, r, "", info.ModTime(), f)
}
