"""What two files together tell, in a sentence of the decision (D)."""

from privacy_portal.ground.days import in_words as day_in_words
from privacy_portal.ground.ui.environment import lower_first
from sharing.two_files_rules import EarlierFile

CODE = "reveals-opt-outs"


def in_words(file: EarlierFile) -> str:
    """Return the warning that a file tells, together with this earlier one, who opted out."""
    return (
        f"{CODE}: together with what was shared {named(file)}, this file shows who has opted out. "
        "A second officer must approve it."
    )


def named(file: EarlierFile) -> str:
    """Return which file is meant: `under WIG-FFT for analysis of performance on 3 November 2026`."""
    agreement = f"under {file.agreement}" if file.agreement else "without an agreement"
    purpose = f" for {lower_first(file.purpose)}" if file.purpose else ""
    return f"{agreement}{purpose} on {day_in_words(file.on)} (log entry {file.entry})"
