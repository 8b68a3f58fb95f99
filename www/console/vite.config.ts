/**
 * Builds the console: plain files with relative addresses, no inline scripts, nothing fetched from elsewhere.
 */
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const host = process.env["COLLOQ_URL"] ?? "http://127.0.0.1:8787";
const proxy = { "/v1": { target: host, ws: true, changeOrigin: true } };

export default defineConfig({
  base: "./",
  plugins: [react()],
  build: { target: "es2022", modulePreload: { polyfill: false }, chunkSizeWarningLimit: 800 },
  server: { proxy },
  preview: { proxy },
});
