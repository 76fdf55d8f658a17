"""What became of a file, or of what was shared by phone, in one sentence without queries.

Rows are not pupils: of a pupil who stands in two rows one goes at most, so the rows that go are as
many as the pupils about whom information goes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from privacy_portal.ground.ui.environment import count, lower_first
from sharing.models import Disclosure, Release
from sharing.rules import Outcome, Reason

Rows = Mapping[str, Any]
Means = Disclosure.Means
State = Release.State

_MEANS = {
    Means.DOWNLOAD: "as a file",
    Means.ZIP: "as an encrypted file",
    Means.AGE: "as an encrypted file",
    Means.PHONE: "by phone",
    Means.LETTER: "by letter",
    Means.EMAIL: "by email",
    Means.IN_PERSON: "in person",
}
_ALLOWED = {
    Outcome.RELEASED: "The rules allowed it.",
    Outcome.REDUCED: "The rules did not allow all of it.",
    Outcome.REFUSED: "The rules did not allow it.",
}


@dataclass(frozen=True, slots=True)
class Tense:
    """What a sentence says of the file: a verb for one and for many, and of a file that is refused."""

    one: str
    many: str
    refused: str


WILL = Tense("will be", "will be", "Nothing in this file can be released.")
WAS = Tense("was", "were", "Nothing was released.")
WOULD = Tense("would have been", "would have been", "Nothing was released.")


def of_file(
    outcome: str, rows: Rows | None, tense: Tense = WILL, *, unlocated: bool = False
) -> str:
    """Return what becomes of a file: `Information about 223 pupils will be released: 205 in full and 18 with
    basic details only. 392 of 615 rows will be withheld.`

    With `unlocated` rows are among them that leave out where a protected pupil is (P3).
    """
    if outcome == Outcome.REFUSED:
        return tense.refused
    if rows is None:
        return f"A table of statistics {tense.one} released."
    full, basic, withheld = rows["released"], rows["reduced"], rows["withheld"]
    less = "with some information withheld" if unlocated else "with basic details only"
    sentence = f"Information about {count(full + basic, 'pupil')} {tense.one} released"
    if full and basic:
        sentence += f": {full:,} in full and {basic:,} {less}"
    elif basic:
        sentence += f", {less}"
    if not withheld:
        return f"{sentence}."
    verb = tense.one if withheld == 1 else tense.many
    rows_in_all = count(rows["total"], "row")
    return f"{sentence}. {withheld:,} of {rows_in_all} {verb} withheld."


def of_changes(outcome: str, rows: Rows | None, tense: Tense = WILL) -> str:
    """Return what becomes of a file of changes (H6), in whose rows that are not in full is something to
    delete: `The organisation was told about 7 pupils, with something to delete for 2 of them.`"""
    if outcome == Outcome.REFUSED or rows is None:
        return tense.refused
    told = f"The organisation {tense.one} told about changes for {count(rows['total'], 'pupil')}"
    to_delete = rows["reduced"] + rows["withheld"]
    return (
        f"{told}, with something to delete for {to_delete:,} of them." if to_delete else f"{told}."
    )


def of_release(release: Release) -> str:
    """Return what becomes or became of a release; of one that came to an end, what would have."""
    decision = release.decision
    outcome, rows = decision["outcome"], decision["rows"]
    amends = release.source == Release.Source.AMENDMENT
    unlocated = bool(decision.get("unlocated"))
    in_words = of_changes if amends else partial(of_file, unlocated=unlocated)
    if outcome == Outcome.REFUSED or release.state in (State.CHECKED, State.RELEASED):
        return in_words(outcome, rows, WILL)
    if release.state == State.HANDED_OVER:
        return in_words(outcome, rows, WAS)
    return f"Nothing was released. {in_words(outcome, rows, WOULD)}"


def of_disclosure(disclosure: Disclosure, labels: Mapping[str, str], people: str = "") -> str:
    """Return what was shared or received, with or from whom and by what means; or that nothing was.
    `people` says about whom, where more is known than their number."""
    if hasattr(disclosure, "undone"):
        return f"Not sent. {disclosure.undone.why}"
    if disclosure.direction == Disclosure.Direction.RECEIVED:
        return (
            f"We received information from {organisation(disclosure)} {_means(disclosure, labels)}."
        )
    if disclosure.origin == Disclosure.Origin.AFTER_THE_FACT:
        people = people or count(disclosure.rows_total or 0, "person", "people")
        return (
            f"We shared information about {people} with {organisation(disclosure)} "
            f"{_means(disclosure, labels)}. {_allowed(disclosure)}"
        )
    if disclosure.origin == Disclosure.Origin.REQUEST:
        return _of_file_on_request(disclosure, labels)
    if disclosure.origin == Disclosure.Origin.AMENDMENT:
        return of_changes(disclosure.outcome, rows_of(disclosure), WAS)
    return of_file(disclosure.outcome, rows_of(disclosure), WAS, unlocated=disclosure.unlocated)


def _of_file_on_request(disclosure: Disclosure, labels: Mapping[str, str]) -> str:
    """Return what was in a file on a request (Q1): `We shared information about 2 pupils with Example Police
    as a file: last name; address. For 1 of them some of it was withheld. It was decided on request 7.`"""
    pupils = count(disclosure.rows_total or 0, "pupil")
    less = disclosure.rows_reduced or 0
    left_out = f"For {less:,} of them some of it was withheld. " if less else ""
    return (
        f"We shared information about {pupils} with {organisation(disclosure)} "
        f"{_means(disclosure, labels)}. {left_out}{_allowed(disclosure)}"
    )


def _allowed(disclosure: Disclosure) -> str:
    if disclosure.request_decision and not disclosure.out_of_line:
        return f"It was decided on request {disclosure.request_decision.request_id}."
    return _ALLOWED[Outcome(disclosure.outcome)]


def broken_rules(disclosure: Disclosure) -> str:
    """Return that the rules did not allow a disclosure, or not all of it; empty where they did."""
    return _ALLOWED[Outcome(disclosure.outcome)] if disclosure.out_of_line else ""


def organisation(disclosure: Disclosure) -> str:
    """Return the name of the organisation that a disclosure went to or came from."""
    return disclosure.organisation or "an unknown organisation"


def _means(disclosure: Disclosure, labels: Mapping[str, str]) -> str:
    """Return by which means what was shared: `by phone: surname; telephone`."""
    return f"{_MEANS[Means(disclosure.means)]}{_items(disclosure.item_sets, labels)}"


def _items(item_sets: Sequence[Sequence[str]], labels: Mapping[str, str]) -> str:
    names = [lower_first(labels.get(code, code)) for code in (item_sets[0] if item_sets else ())]
    return f": {'; '.join(sorted(names, key=str.casefold))}" if names else ""


def about_whom(on_roll: int, others: int) -> str:
    """Return about how many people something was shared: `2 pupils`, `3 people (of whom 1 is not
    identified on the roll)`."""
    if not others:
        return count(on_roll, "pupil")
    if not on_roll:
        unknown = "who is not identified" if others == 1 else "none of whom is identified"
        return f"{count(others, 'person', 'people')} {unknown} in our pupil records"
    verb = "is" if others == 1 else "are"
    everybody = count(on_roll + others, "person", "people")
    return f"{everybody} (of whom {others:,} {verb} not identified in our pupil records)"


def of_reason(code: str, agreement: str) -> str:
    """Return what a reason means for a request under the agreement, which is empty where none was named."""
    if code == Reason.NO_AGREEMENT and not agreement:
        return "No agreement was selected."
    return Reason(code).sentence


def reasons_of(disclosure: Disclosure) -> list[str]:
    """Return why the rules do not allow a disclosure as a whole, a sentence each."""
    if disclosure.request_decision:
        number = disclosure.request_decision.request_id
        return [
            f"The decision on request {number} does not cover this." for _ in disclosure.reasons
        ]
    return [of_reason(code, disclosure.agreement_reference) for code in disclosure.reasons]


def notice_in_words(notice: str | None, titles: Mapping[str, str]) -> str:
    """Return the name of a notice known as `pupils/5`: `How we use information about pupils, version 5`;
    empty for none."""
    if not notice:
        return ""
    slug, number = notice.split("/")
    return f"{titles.get(slug, slug)}, version {number}"


def rows_of(disclosure: Disclosure) -> dict[str, int] | None:
    """Return the numbers of a disclosure's rows by their outcome; None where it has no rows."""
    if disclosure.rows_total is None:
        return None
    return {
        "total": disclosure.rows_total,
        "released": disclosure.rows_released or 0,
        "reduced": disclosure.rows_reduced or 0,
        "withheld": disclosure.rows_withheld or 0,
    }


def to_destroy(disclosure: Disclosure) -> str:
    """Return why there is no day by which it must be destroyed; empty where there is one."""
    if disclosure.destroy_by is not None:
        return ""
    if disclosure.agreement_version is None:
        return "No date agreed"
    return "No date: the agreement sets no retention period"
