"""Makes sure that there is a Chromium for the browser tests, Pango for PDFs, and ClamAV's daemon.

Installs Debian's packages where it may; says what to do where it cannot.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

# The first draws no window of its own around a page, which takes a third of the processor's time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
]  # fmt: skip


def chromium() -> str | None:
    """Where a Chromium of the system is; None lets Playwright use its own."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def has_playwrights_own() -> bool:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path).exists()


PANGO = ["libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"]


def has_pango() -> bool:
    """Whether PDFs can be made here; asked in a process of its own, which loads the library."""
    asked = [sys.executable, "-c", "import weasyprint"]
    return subprocess.run(asked, check=False, capture_output=True).returncode == 0


def install(*packages: str) -> None:
    """Debian's packages, where apt is there and we may."""
    if not (shutil.which("apt-get") and os.geteuid() == 0):
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", *packages]):
        subprocess.run(command, check=False, env=environment, stdout=subprocess.DEVNULL)


def main() -> int:
    if not has_pango():
        print("Pango is missing: installing Debian's packages.", flush=True)
        install(*PANGO)
        if not has_pango():
            print(
                "PDFs need Pango and it could not be installed. Install it (on Debian: apt-get "
                f"install {' '.join(PANGO)}; on macOS: brew install pango) and run `make test` again.",
                file=sys.stderr,
            )
            return 1
    if shutil.which("clamd", path=f"{os.environ.get('PATH', '')}:/usr/sbin") is None:
        # Without it the tests of uploads with viruses fail, and say so.
        print("ClamAV's daemon is missing: installing Debian's package.", flush=True)
        install("clamav-daemon")
    if chromium() or has_playwrights_own():
        return 0
    print("Chromium is missing: installing Debian's package.", flush=True)
    for package in ("chromium-headless-shell", "chromium"):
        install(package)
        if chromium():
            return 0
    print("Chromium is missing: installing Playwright's.", flush=True)
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    if has_playwrights_own():
        return 0
    print(
        "The browser tests need Chromium and it could not be installed. Install it "
        "(on Debian: apt-get install chromium) and run `make test` again.",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
