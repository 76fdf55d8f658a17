"""Cards of the nightly control (K3) and of the check of the log on the start page of officers."""

from collections.abc import Iterator, Mapping

from django.urls import reverse

from privacy_portal.cards import Card, Line, When
from privacy_portal.ground.accounts.access import Action, may
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.log.checkpoints import refusal
from privacy_portal.ground.row_counts import Total
from sharing.control.queries import last_run
from sharing.control.resuming import open_resumption, run_outcome
from sharing.control_rules import Outcome
from sharing.log_search.checks import failed_check
from sharing.stops.stopping import stop


def log_check_cards(totals: Mapping[str, Total]) -> Iterator[Card]:
    """Yield what the last check of the log found wrong; no query where it found nothing, else 1."""
    if totals["log-check"].number:
        for check in failed_check():
            text = f": {check.why} Tell your system administrator."
            href = reverse("staff-log")
            line = Line(text, "The log is not as it was written", href, when=When.OVERDUE)
            yield Card("The log check failed", [line])


def control_cards(user: User) -> Iterator[Card]:
    """Yield what an officer must know of the control: that no file can leave, what waits for their
    approval, that the last one did not finish; at most 3 queries."""
    href = reverse("staff-control")
    if refusal():
        text = (
            "The log is not as it was signed: somebody may have changed or deleted entries. Ask your "
            "system administrator to check it now."
        )
        yield Card("No file can leave", [Line(text)])
    if stop() is None:
        last = last_run()
        if last and run_outcome(last) is Outcome.UNFINISHED:
            text = " did not finish. Find out why."
            line = Line(text, "The last nightly control", href, when=When.SOON)
            yield Card("Nightly control", [line])
        return
    text = ": the nightly control found that more than allowed would be shared."
    yield Card("No file can leave", [Line(text, "See what to do", href, when=When.OVERDUE)])
    resumption = open_resumption()
    if resumption is not None and resumption.by_id != user.pk and may(user, Action.APPROVE):
        to = reverse("staff-control-answer", args=[resumption.pk])
        text = f": {resumption.by.name} says that the cause is corrected."
        line = Line(text, "Answer as an approving officer", to, when=When.OVERDUE)
        yield Card("Can files leave again?", [line], mine=True)
