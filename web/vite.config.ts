import { defineConfig } from "vite";

// The pages are embedded in the binary from internal/console/pages. public/.gitkeep is copied there
// with every build, because emptying the folder removes the one that is committed.
export default defineConfig({
  build: {
    outDir: "../internal/console/pages",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0, // the content security policy allows no data: scripts or styles
    chunkSizeWarningLimit: 800, // ECharts by parts, before compression
  },
  server: {
    proxy: { "/api": "http://127.0.0.1:8080", "/reports": "http://127.0.0.1:8080" },
  },
});
