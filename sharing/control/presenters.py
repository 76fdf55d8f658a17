"""Controls in words (K3)."""

from dataclasses import dataclass
from datetime import date

from privacy_portal.ground.ui.environment import count
from sharing.control.resuming import run_outcome
from sharing.control_rules import Outcome
from sharing.models import ControlRun

# The words and the colour of an outcome.
TAGS = {
    Outcome.HELD: ("Held", "green"),
    Outcome.FAILED: ("Failed", "red"),
    Outcome.REFUSED: ("Nothing can leave", "grey"),
    Outcome.UNFINISHED: ("Not finished", "yellow"),
}


@dataclass(frozen=True, slots=True)
class RunLine:
    """A control, how it ended, and how many of its checks ended in what way."""

    run: ControlRun
    outcome: Outcome

    @property
    def words(self) -> str:
        """Return how its checks ended, in a few words."""
        outcomes = [Outcome(result.outcome) for result in self.run.results.all()]
        if not outcomes:
            return "There is no opt-out to check."
        parts = [
            f"{outcomes.count(outcome)} {word}"
            for outcome, word in (
                (Outcome.FAILED, "failed"),
                (Outcome.UNFINISHED, "not finished"),
                (Outcome.HELD, "held"),
                (Outcome.REFUSED, "where nothing can leave"),
            )
            if outcome in outcomes
        ]
        return f"{count(len(outcomes), 'check')}: {', '.join(parts)}"

    @property
    def by(self) -> str:
        """Return who asked for it; empty for the clock."""
        return self.run.by.name if self.run.by else ""


@dataclass(frozen=True, slots=True)
class NightLine:
    """A control of the last nights, or with `line` None a night without one."""

    on: date
    line: RunLine | None


def run_line(run: ControlRun) -> RunLine:
    """Return a control, with its results prefetched, as pages show it."""
    return RunLine(run, run_outcome(run))
