"""Check that controls and what two officers said of them are what the log recorded (`log verify`, L5),
both ways."""

from collections.abc import Mapping

from privacy_portal.ground.log.appending import Body
from privacy_portal.ground.log.verifying import Check, LogBrokenError
from sharing.models import ControlResult, ControlRun, Resumption, ResumptionAnswer
from sharing.stops.entries import answer_body, resumption_body, run_body

_RESULTS = ("scheme", "agreement_version__agreement", "purpose")


class ControlCheck:
    """Checks the entries about the control, and counts them, so that rows without one are seen."""

    def __init__(self) -> None:
        self.runs = self.results = self.resumptions = self.answers = 0

    def checks(self) -> dict[str, Check]:
        """Return the check of each event."""
        return {
            "control-run": self._run,
            "resumption-proposed": self._resumption,
            "hand-overs-resumed": self._answer,
            "resumption-refused": self._answer,
        }

    def finish(self) -> None:
        """Raise LogBrokenError if there are rows that no entry vouches for."""
        for what, entries, rows in (
            ("controls", self.runs, ControlRun.objects.count()),
            ("results of controls", self.results, ControlResult.objects.count()),
            ("statements after a control", self.resumptions, Resumption.objects.count()),
            ("answers after a control", self.answers, ResumptionAnswer.objects.count()),
        ):
            if entries != rows:
                raise LogBrokenError(None, f"{rows} {what} are stored but {entries} have an entry")

    def _run(self, seq: int, entry: Mapping[str, object]) -> str | None:
        self.runs += 1
        run = ControlRun.objects.select_related("by").filter(pk=str(entry["run"])).first()
        if run is None:
            return "the control it vouches for is missing"
        results = list(run.results.select_related(*_RESULTS))
        self.results += len(results)
        return _differs(entry, run_body(run, results), "control")

    def _resumption(self, seq: int, entry: Mapping[str, object]) -> str | None:
        self.resumptions += 1
        rows = Resumption.objects.select_related("by")
        row = rows.filter(pk=str(entry["resumption"])).first()
        if row is None:
            return "the statement it vouches for is missing"
        return _differs(entry, resumption_body(row), "statement")

    def _answer(self, seq: int, entry: Mapping[str, object]) -> str | None:
        self.answers += 1
        rows = ResumptionAnswer.objects.select_related("by", "resumption")
        row = rows.filter(resumption__pk=str(entry["resumption"])).first()
        if row is None:
            return "the answer it vouches for is missing"
        return _differs(entry, answer_body(row), "answer")


def _differs(entry: Mapping[str, object], expected: Body, what: str) -> str | None:
    keys = entry.keys() | expected.keys()
    if differing := sorted(key for key in keys if expected.get(key) != entry.get(key)):
        return f"its {what} differs from what was logged in {', '.join(differing)}"
    return None
