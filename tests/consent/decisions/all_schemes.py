"""The policy of the tests with a scheme that starts closed beside the others, and Ella on the roll."""

import json
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.commands import run
from tests.databases import as_in_a_test
from tests.example import NOON, POLICY
from tests.rolls import ROLL_HEADINGS, pupil_row

# Consent first, for what FFT gets: never a line of code of its own.
CLOSED = {
    "code": "fft-consent", "title": "Agreement to share with FFT", "recipient": "fft",
    "purposes": ["performance-analysis"], "default": "withhold", "kind": "programme",
    "min_age": None, "below_age": None, "self_age": 13, "basic_items": [],
}  # fmt: skip
LETTER_TO = {"Address": "1 High Street, Wigan", "Parent address": "1 High Street, Wigan"}


def made() -> None:
    """Store both for good."""
    policy = json.loads(POLICY.read_text(encoding="utf-8"))
    policy["schemes"].append(CLOSED)
    roll = f"{ROLL_HEADINGS}\r\n{pupil_row(**LETTER_TO)}"
    with TemporaryDirectory() as folder, as_in_a_test(NOON - timedelta(minutes=5)):
        for name, text in (("policy.json", json.dumps(policy)), ("roll.csv", roll)):
            path = Path(folder) / name
            path.write_text(text, encoding="utf-8")
            assert run(path.stem, "import", path).code == 0
