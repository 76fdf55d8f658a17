// Builds static/dist: the styles, and the design system's script without its source map.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { compile } from "sass";

mkdirSync("static/dist", { recursive: true });
const { css } = compile("static/scss/portal.scss", {
  loadPaths: ["node_modules"],
  quietDeps: true,
  style: "compressed",
});
writeFileSync("static/dist/portal.css", css);
const script = readFileSync("node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.js", "utf8");
writeFileSync("static/dist/govuk-frontend.min.js", script.replace(/\/\/# sourceMappingURL=\S+\s*$/, "\n"));
