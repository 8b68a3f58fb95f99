/**
 * How the page looks: one accent, soft corners, the system's fonts.
 */
import { createTheme, type MantineColorsTuple } from "@mantine/core";

const accent: MantineColorsTuple = [
  "#eef0ff",
  "#dcdffb",
  "#b7bcf3",
  "#8f97ec",
  "#6d78e6",
  "#5865e2",
  "#4c59e0",
  "#3d49c8",
  "#3440b3",
  "#28369e",
];
const dark: MantineColorsTuple = [
  "#e6e7ea",
  "#b4b7bf",
  "#8e929c",
  "#62666f",
  "#3d4048",
  "#2f3239",
  "#25272d",
  "#1c1d22",
  "#16171b",
  "#101114",
];

/** The theme. */
export const theme = createTheme({
  primaryColor: "accent",
  primaryShade: { light: 6, dark: 5 },
  colors: { accent, dark },
  defaultRadius: "md",
  cursorType: "pointer",
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, "DejaVu Sans Mono", monospace',
  headings: { fontWeight: "650" },
});
