"""Requests a second of the pupils' notice, served as in production by two workers.

Baseline, in the same run: an empty view of the same application on the same server,
with the same middleware. Runs alternate. The ratio is that of the medians: the notice's
requests a second over the empty view's. Needs `wrk`.
"""

import gzip
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from common import ROOT, RUNS, scratch

SECONDS = 4
CONNECTIONS = 8
PAGES = {"notice": "/notices/pupils/", "empty view": "/bench-empty/"}


def urls() -> list[object]:
    """Return the portal's addresses and the empty view's."""
    from django.http import HttpResponse
    from django.urls import path

    from privacy_portal.urls import urlpatterns

    return [path("bench-empty/", lambda request: HttpResponse(b"")), *urlpatterns]


if "DJANGO_SETTINGS_MODULE" in os.environ and __name__ != "__main__":
    urlpatterns = urls()


def main() -> int:
    wrk = shutil.which("wrk")
    if wrk is None:
        print("Install wrk (on Debian: apt-get install wrk).", file=sys.stderr)
        return 2
    with scratch() as folder:
        server, address = serve(folder)
        try:
            weigh(address)
            figures: dict[str, list[float]] = {name: [] for name in PAGES}
            for run in range(RUNS):
                for name, page in PAGES.items():
                    figures[name].append(requests_a_second(wrk, address + page))
                print(f"run {run + 1} of {RUNS} done", file=sys.stderr)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=20)
    print(f"{'':12}{'median':>10}{'least':>10}{'most':>10}   requests a second, {RUNS} runs")
    for name, values in figures.items():
        middle = statistics.median(values)
        print(f"{name:12}{middle:10.0f}{min(values):10.0f}{max(values):10.0f}")
    print("the target is a ratio of at least 0.50")
    medians = [statistics.median(values) for values in figures.values()]
    print(f"ratio: {medians[0] / medians[1]:.2f}")
    return 0


def serve(folder: Path) -> tuple["subprocess.Popen[bytes]", str]:
    """Serve the portal with the example's policy; return the server's process and its address."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from privacy_portal.serving import database, granian

    call_command("policy", "import", str(ROOT / "example" / "wigan" / "policy.json"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        **database(settings),
        "PORTAL_EXAMPLE": "true",
        "PORTAL_DATA_DIR": str(folder),
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'bench'}",
        "DJANGO_SETTINGS_MODULE": "page_settings",
    }
    connection.close()
    server = subprocess.Popen(granian(port), env=environment, cwd=ROOT)
    address = f"http://127.0.0.1:{port}"
    for _ in range(200):
        try:
            urllib.request.urlopen(address + "/healthz").close()
        except OSError:
            time.sleep(0.1)
        else:
            return server, address
    raise SystemExit("the server did not answer")


def weigh(address: str) -> None:
    """Print what a first visit to the notice sends: the page, its styles and its script."""
    size, html = fetch(address + PAGES["notice"])
    parts = {"page": size}
    for path in re.findall(r'(?:src|href)="(/static/[^"]+)"', html):
        parts[path.rsplit("/", 1)[-1]], _ = fetch(address + path)
    script = next((name for name in parts if name.startswith("portal.") and "js" in name), None)
    if script:
        imports = re.findall(r'from\s*"\./([^"]+)"', fetch(f"{address}/static/{script}")[1])
        parts |= {name: fetch(f"{address}/static/{name}")[0] for name in imports}
    total = sum(parts.values())
    print(
        "first load over the wire, in bytes: " + ", ".join(f"{k} {v:,}" for k, v in parts.items())
    )
    print(f"together {total / 1024:.1f} KiB; the target is 120 KB")


def fetch(address: str) -> tuple[int, str]:
    """Return how many bytes the body has as it is sent, and its text."""
    request = urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request) as response:
        body = response.read()
        packed = response.headers.get("Content-Encoding") == "gzip"
        return len(body), (gzip.decompress(body) if packed else body).decode()


def requests_a_second(wrk: str, address: str) -> float:
    """Measure how many requests a second an address answers."""
    report = subprocess.run(
        [wrk, "-t", "1", "-c", str(CONNECTIONS), "-d", f"{SECONDS}s", "-H", "Accept-Encoding: gzip",
         address],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    rate = re.search(r"Requests/sec:\s+([\d.]+)", report)
    if rate is None or "Non-2xx" in report:
        raise SystemExit(report)
    return float(rate[1])


if __name__ == "__main__":
    sys.exit(main())
