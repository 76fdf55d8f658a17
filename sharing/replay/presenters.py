"""A decision that is made again in words, without queries."""

from dataclasses import dataclass

from privacy_portal.ground.ui.environment import count
from sharing.disclosures.columns import ALLOWED_WITHOUT_LOCATING
from sharing.models import Disclosure
from sharing.replay.deciding_again import DecidedAgain
from sharing.replay.difference_rules import SENTENCES, Answer, Change, RowsAgain, Unkept
from sharing.replay.policy import Columns
from sharing.row_decision_rules import UNLOCATED
from sharing.rules import Outcome

NOT_KEPT = "Not known: a policy file has been imported since"
ON_A_REQUEST = "An officer decided what to share about each pupil, so no rule decides it again."
TABLES = "Statistics are protected as whole tables, so there are no rows to decide again."
RECEIVED = "We received this, so we did not decide what to share."


@dataclass(frozen=True, slots=True)
class Difference:
    """Something of the whole request that was decided otherwise in one of its answers, in words."""

    what: str
    recorded: str
    then: str
    now: str


def why_not(disclosure: Disclosure) -> str:
    """Return why there is nothing to decide again; empty where there is."""
    if disclosure.decided_row_by_row:
        return ""
    if disclosure.request_decision_id is not None:
        return ON_A_REQUEST
    return TABLES if disclosure.origin == Disclosure.Origin.STATISTICS else RECEIVED


def headline(disclosure: Disclosure, decided: DecidedAgain) -> str:
    """Return in a sentence or two what would be decided today, and what to do about it."""
    by_hand = disclosure.origin == Disclosure.Origin.AFTER_THE_FACT
    if decided.recorded.reasons:
        if not decided.now.reasons:
            return (
                f"{_SAID[by_hand]} today. We do not keep what it was about, so we cannot say more."
            )
        same = decided.now.reasons == decided.recorded.reasons
        return f"{_AGAIN[by_hand]} today{' for the same reasons' if same else ' too, for other reasons'}."
    if decided.now.reasons:
        return f"Nothing would be shared today. {_reasons(decided.now)} {_TOO_MUCH}"
    parts = _columns_sentence(decided)
    parts += _rows_sentences(decided.rows, by_hand=by_hand) if decided.rows else []
    if _shared_too_much(disclosure, decided):
        parts.append(_TOO_MUCH)
    return " ".join(parts)


_AGAIN = {False: "The whole request would be refused", True: "It would not be allowed"}
_SAID = {False: "The request would not be refused", True: "Some of it could be allowed"}
_TOO_MUCH = "The organisation may hold information that it should delete."


def _shared_too_much(disclosure: Disclosure, decided: DecidedAgain) -> bool:
    sent = disclosure.outcome != Outcome.REFUSED or disclosure.out_of_line
    rows = decided.rows.too_much if decided.rows else 0
    return sent and bool(rows or decided.columns_withheld)


def may_hold_too_much(disclosure: Disclosure, decided: DecidedAgain) -> bool:
    """Return whether more was shared than is allowed by what is known now."""
    whole = bool(decided.now.reasons) and not decided.recorded.reasons
    return whole or _shared_too_much(disclosure, decided)


def _columns_sentence(decided: DecidedAgain) -> list[str]:
    number = len(decided.columns_withheld)
    return [f"{count(number, 'column')} would be withheld today."] if number else []


def _rows_sentences(rows: RowsAgain, *, by_hand: bool) -> list[str]:
    one, many = ("person", "people") if by_hand else ("row", "rows")
    changes = rows.changes
    unkept = len(rows.unkept)
    if not changes and unkept:
        if not rows.same:
            return [f"{count(unkept, one, many)} cannot be decided again."]
        same, others = count(len(rows.same), one, many), count(unkept, "other")
        return [f"{same} would be decided the same today. {others} cannot be decided again."]
    if not changes:
        same = count(len(rows.same), one, many)
        if len(rows.same) == 1:
            return [f"The 1 {one} would be decided the same today."]
        return [f"All {same} would be decided the same today."]
    words = _BY_HAND if by_hand else _WORDS
    sentences = [
        f"{count(changes[kind], one, many)} would be {words[kind]} today."
        for kind in Change
        if changes[kind]
    ]
    if unkept:
        sentences.append(f"{count(unkept, one, many)} cannot be decided again.")
    return sentences


_WORDS = {
    Change.WITHHELD: "withheld",
    Change.LESS: "shared with less information",
    Change.MORE: "shared with more information",
    Change.REASON: "withheld for another reason",
}
_BY_HAND = {
    Change.WITHHELD: "not allowed",
    Change.LESS: "allowed with less information",
    Change.MORE: "allowed with more information",
    Change.REASON: "not allowed for another reason",
}


def differences(decided: DecidedAgain) -> list[Difference]:
    """Return what differs of the whole request: its reasons, then its columns."""
    then = decided.then
    rows = [
        Difference(
            "The whole request",
            _reasons(decided.recorded),
            NOT_KEPT if then is None else _reasons(then),
            _reasons(decided.now),
        )
    ]
    for place, column in enumerate(decided.recorded.columns):
        rows.append(
            Difference(
                f"Column {column.heading}",
                _column(decided.recorded, place),
                NOT_KEPT if then is None else _column(then, place),
                _column(decided.now, place),
            )
        )
    return [row for row in rows if len({row.recorded, row.then, row.now}) > 1]


def _reasons(columns: Columns) -> str:
    return " ".join(reason.sentence for reason in columns.reasons) or "Not refused."


def _column(columns: Columns, place: int) -> str:
    if columns.reasons:
        return "Refused with the whole request."
    reason = columns.columns[place].reason
    return reason.sentence if reason else "Shared."


def answer_in_words(answer: Answer, *, by_hand: bool) -> str:
    """Return what one answer says of a row."""
    if isinstance(answer, Unkept):
        return f"Not known. {SENTENCES[answer]}"
    if answer.reason is None:
        return "Allowed." if by_hand else "Shared in full."
    if answer is UNLOCATED:
        return ALLOWED_WITHOUT_LOCATING
    if answer.outcome is Outcome.REDUCED:
        verb = "Allowed" if by_hand else "Shared"
        return f"{verb} with basic details only: the pupil is opted out."
    return f"{'Not allowed' if by_hand else 'Withheld'}. {answer.reason.sentence}"
