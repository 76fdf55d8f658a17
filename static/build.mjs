// Builds static/dist: the styles, the letters of PDFs, and the design system's script without its source map.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { compile } from "sass";

mkdirSync("static/dist", { recursive: true });
for (const name of ["portal", "pdf", "letter"]) {
  const { css } = compile(`static/scss/${name}.scss`, {
    loadPaths: ["node_modules"],
    quietDeps: true,
    style: "compressed",
  });
  writeFileSync(`static/dist/${name}.css`, css);
}
// PDFs carry their own letters; pages use those of the reader's machine.
for (const [family, part] of [
  ["noto-sans", "latin"],
  ["noto-sans", "latin-ext"],
  ["noto-sans-arabic", "arabic"],
]) {
  for (const weight of [400, 700]) {
    const file = `${family}-${part}-${weight}-normal.woff2`;
    copyFileSync(`node_modules/@fontsource/${family}/files/${file}`, `static/dist/${file}`);
  }
}
const script = readFileSync("node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.js", "utf8");
writeFileSync("static/dist/govuk-frontend.min.js", script.replace(/\/\/# sourceMappingURL=\S+\s*$/, "\n"));
