"""What a process whose environment a test writes itself is given besides, so that it is measured."""

import os

# `make coverage` sets them.
NAMES = ("COVERAGE_PROCESS_START", "COVERAGE_FILE")
MEASURED = {name: os.environ[name] for name in NAMES if name in os.environ}
