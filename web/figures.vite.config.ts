import { defineConfig } from "vite";

// One script that leaves the global "figures", for an interpreter without modules or a DOM. It is
// embedded in the binary from internal/figure/echarts; the .gitkeep there is committed, so the
// folder is not emptied.
export default defineConfig({
  publicDir: false,
  define: { "process.env.NODE_ENV": '"production"' },
  build: {
    outDir: "../internal/figure/echarts",
    emptyOutDir: false,
    target: "es2017",
    rolldownOptions: {
      output: { postBanner: "/*! Apache ECharts 6.1.0 (Apache License 2.0), with ZRender (BSD 3-Clause): https://echarts.apache.org */" },
    },
    lib: { entry: "figures/main.ts", formats: ["iife"], name: "figures", fileName: () => "echarts.js" },
  },
});
