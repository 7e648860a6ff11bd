// Package docs holds the manual, so that the console can show it.
package docs

import "embed"

// Files are the manual's pages and pictures, by their paths in this folder.
//
//go:embed *.md images tutorial howto reference explanation
var Files embed.FS
