"""The portal's settings for tests: a data folder of its own for each process, quick passwords."""

import os
from copy import deepcopy
from pathlib import Path

_build = Path(__file__).resolve().parent.parent / "build"
os.environ.setdefault("PORTAL_DATA_DIR", str(_build / "tests"))
os.environ.setdefault("PORTAL_EXAMPLE", "true")
# Playwright keeps an event loop in the thread of the tests, which use the database too.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

from privacy_portal.settings import *  # noqa: E402, F403
from privacy_portal.settings import DATA_DIR, LOGGING, MIDDLEWARE  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
PRIVATE_DIR = DATA_DIR / "private" / os.environ.get("PYTEST_XDIST_WORKER", "main")
FILE_UPLOAD_TEMP_DIR = PRIVATE_DIR / "uploads"
LOG_FOLDER = PRIVATE_DIR / "log"
FILE_UPLOAD_TEMP_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
# A test sees what it did a moment ago.
STAMP_SECONDS = 0.0
# Only the test of how long an answer takes waits for it.
CONFIRM_SECONDS = float(os.environ.get("CONFIRM_SECONDS", "0"))
MIDDLEWARE = [
    # Every answer has the headers that it must have.
    "tests.headers.HeadersCheckMiddleware",
    *MIDDLEWARE,
    # No test opens a page that changes anything.
    "tests.read_only.ReadOnlyMiddleware",
    # Nor does any tell where a protected pupil is.
    "tests.nowhere.NowhereMiddleware",
]

# All that servers and workers of the suite log is read when it ends (tests/server_logs.py).
SERVER_LOGS = Path(os.environ.setdefault("SERVER_LOGS", str(_build / f"server-logs-{os.getpid()}")))
SERVER_LOGS.mkdir(exist_ok=True)
LOGGING = deepcopy(LOGGING)
for _name, _formatter in (("server", "line"), ("security", "event")):
    LOGGING["handlers"][f"suite-{_name}"] = {
        "class": "logging.FileHandler",
        "filename": str(SERVER_LOGS / f"{_name}-{os.getpid()}.log"),
        "encoding": "utf-8",
        "delay": True,
        "formatter": _formatter,
    }
LOGGING["root"]["handlers"] = ["suite-server", "console"]
LOGGING["loggers"]["privacy_portal.security"]["handlers"] = ["suite-security"]
