"""Check that changes to the policy are what the log recorded (`log verify`, L5), both ways."""

from collections import Counter
from collections.abc import Mapping

from privacy_portal.ground.log.verifying import Check, LogBrokenError
from sharing.models import PolicyAnswer, PolicyChange
from sharing.policy.changing import logged


class PolicyCheck:
    """Checks the entries about drafted changes and their answers, and counts them, so that rows without one
    are seen."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()

    def checks(self) -> dict[str, Check]:
        """Return the check of each event."""
        answers = {f"policy-{kind.value}": self._answered for kind in PolicyAnswer.Kind}
        return {"policy-drafted": self._drafted, **answers}

    def finish(self) -> None:
        """Raise LogBrokenError if there are rows that no entry vouches for."""
        for what, entries, rows in (
            ("drafted changes to the policy", self.seen["drafted"], PolicyChange.objects.count()),
            ("answers to them", self.seen["answered"], PolicyAnswer.objects.count()),
        ):
            if entries != rows:
                raise LogBrokenError(None, f"{rows} {what} are stored but {entries} have an entry")

    def _drafted(self, seq: int, entry: Mapping[str, object]) -> str | None:
        self.seen["drafted"] += 1
        return _differs(entry)[1]

    def _answered(self, seq: int, entry: Mapping[str, object]) -> str | None:
        self.seen["answered"] += 1
        change, wrong = _differs(entry)
        if change is None or wrong:
            return wrong
        answer = PolicyAnswer.objects.filter(change=change).select_related("by").first()
        if answer is None:
            return "the answer it vouches for is missing"
        if f"policy-{answer.kind}" != entry["event"] or str(answer.by.reference) != entry["by"]:
            return "its change was answered otherwise, or by somebody else"
        return None


def _differs(entry: Mapping[str, object]) -> tuple[PolicyChange | None, str | None]:
    """Return the change that an entry is about, and what is wrong with it."""
    change = PolicyChange.objects.filter(pk=str(entry["change"])).first()
    if change is None:
        return None, "the change to the policy it vouches for is missing"
    differing = sorted(key for key, value in logged(change).items() if entry.get(key) != value)
    if differing:
        return change, f"its change differs from what was logged in {', '.join(differing)}"
    return change, None
