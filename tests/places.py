"""Places of files that tests read."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "example" / "wigan"
DATA = ROOT / "tests" / "data"
