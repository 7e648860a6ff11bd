package console

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"

	"github.com/danielgtaylor/huma/v2"
)

func (c *Console) registerZip(api huma.API) {
	o := operation{
		id: "get-report-zip", method: http.MethodGet, path: "/reports/{name}/zip", tag: "Reports", role: Viewer,
		summary: "A report as one file", about: "All files of a report in one ZIP archive, to be published or sent.",
	}
	described := o.described()
	described.Responses = map[string]*huma.Response{"200": {Description: "The archive", Content: map[string]*huma.MediaType{
		"application/zip": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
	}}}
	huma.Register(api, described, func(ctx context.Context, in *struct {
		Name string `path:"name" maxLength:"80" doc:"The report's name: its folder."`
	}) (*fileReply, error) {
		if err := c.forbidden(ctx, o); err != nil {
			return nil, err
		}
		body, err := c.zipReport(ctx, in.Name)
		if err != nil {
			return nil, c.problemOf(ctx, o, err)
		}
		return &fileReply{"no-store", "application/zip", `attachment; filename="` + in.Name + `.zip"`, body}, nil
	})
}

// maxZipped bounds the archive of a folder into which somebody has put something large; a report with
// its pictures has some ten megabytes.
const maxZipped = 256 << 20

// zipReport packs what is served of a report.
func (c *Console) zipReport(ctx context.Context, name string) ([]byte, error) {
	leave, err := c.files.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	root, err := c.openReport(name)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var b bytes.Buffer
	out := zip.NewWriter(&b)
	size := int64(0)
	err = fs.WalkDir(root.FS(), name, func(file string, d fs.DirEntry, err error) error {
		if err != nil || ctx.Err() != nil || !d.Type().IsRegular() || hidden(d.Name()) || reportTypes[path.Ext(file)] == "" {
			return cmp.Or(err, ctx.Err())
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if size += info.Size(); size > maxZipped {
			return &userError{status: http.StatusConflict, detail: "The folder of this report holds more than 256 MiB: fetch its files one by one."}
		}
		return zipFile(out, root, file, info)
	})
	if err != nil {
		return nil, err
	}
	if err := out.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func zipFile(out *zip.Writer, root *os.Root, name string, info fs.FileInfo) error {
	header := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: info.ModTime().UTC()}
	if ext := path.Ext(name); ext == ".png" || ext == ".parquet" { // compressed as they are
		header.Method = zip.Store
	}
	w, err := out.CreateHeader(header)
	if err != nil {
		return err
	}
	f, err := root.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}
