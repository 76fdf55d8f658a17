"""A pupil's list in words; without queries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consent.models import Pupil
from privacy_portal.ground.ui.environment import day
from sharing.disclosures.person_lines import NOT_LISTED, Group
from sharing.disclosures.sentences import broken_rules, notice_in_words
from sharing.models import Disclosure, Recall, RecallStep
from sharing.pupils.lists import Row

OTHERS = "Organisations that are not on our list"
# What an address says instead of the code of an organisation.
OTHERS_CODE = "not-listed"


@dataclass(frozen=True, slots=True)
class Words:
    """What codes mean: labels of items, titles of notices, and the items that are left out."""

    labels: Mapping[str, str]
    notices: Mapping[str, str]
    hidden: frozenset[str]


def rows_in_words(pupil: Pupil, rows: Iterable[Row], words: Words) -> Iterable[dict[str, Any]]:
    """Yield the rows that the family can see, in words; of a protected pupil without the items that tell
    where somebody is (P5), and without what an officer wrote."""
    for row in rows:
        disclosure, version = row.disclosure, row.disclosure.agreement_version
        items = (words.labels.get(code, code) for code in row.items if code not in words.hidden)
        yield {
            "entry": disclosure.entry,
            "on": disclosure.on,
            "recipient": disclosure.organisation,
            "purpose": disclosure.why,
            "items": [
                *sorted(items, key=str.casefold),
                *([] if pupil.protected else _other_information(row)),
            ],
            "agreement": f"{disclosure.agreement_reference}, version {version.number}"
            if version
            else _request(disclosure) or disclosure.agreement_reference,
            "notice": notice_in_words(disclosure.notice, words.notices),
            "means": disclosure.get_means_display(),
            "remarks": remarks(row),
        }


def remarks(row: Row) -> list[str]:
    """Return what was wrong with an entry, and what was done about it, a sentence each. They name no
    choice: whoever reads them need not know of it (P7)."""
    sentences = [broken_rules(row.disclosure)]
    sentences += [_called_back(row, recall) for recall in row.recalls]
    return list(dict.fromkeys(filter(None, sentences)))


def groups_in_words(
    groups: Sequence[Group], recipients: Mapping[int, tuple[str, str]]
) -> list[tuple[str, str, Group]]:
    """Return each group with the code and name of its organisation; `recipients` has them by id."""
    return [(*_organisation(group.recipient, recipients), group) for group in groups]


def _organisation(recipient: int, recipients: Mapping[int, tuple[str, str]]) -> tuple[str, str]:
    return (OTHERS_CODE, OTHERS) if recipient == NOT_LISTED else recipients[recipient]


def _called_back(row: Row, recall: Recall) -> str:
    last, on = recall.last, recall.last_on  # type: ignore[attr-defined] # annotated
    may = "may have been" if recall.clocks_may_differ else "was"
    sentence = f"More {may} shared than should have been. The organisation "
    if last == RecallStep.Kind.CONFIRMED:
        return f"{sentence}confirmed on {day(on)} that it deleted this."
    if row.deleted_on is not None:
        return f"{sentence}confirmed that it deleted everything by {day(row.deleted_on)}."
    if last is None:
        return f"{sentence}will be asked to delete it."
    return f"{sentence}was asked to delete it, most recently on {day(on)}."


def _request(disclosure: Disclosure) -> str:
    """Return the request on which something was shared, where there was no agreement; else empty."""
    decision = disclosure.request_decision
    return f"No agreement: request {decision.request_id}" if decision else ""


def _other_information(row: Row) -> list[str]:
    """Return what else was shared about the pupil on a request, in an officer's words: it goes only with
    everything else, and never in a file of the portal. Nobody can tell whether they say where a protected
    pupil is."""
    decision = row.disclosure.request_decision
    if row.disclosure.origin == Disclosure.Origin.REQUEST:
        return []
    whole = bool(row.disclosure.item_sets) and set(row.items) == set(row.disclosure.item_sets[0])
    return [decision.words] if decision and decision.words and whole else []
