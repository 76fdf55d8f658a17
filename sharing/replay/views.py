"""A past decision checked again, as known then and as known now; its differences as a file."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from consent.decisions.histories import log_references
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.log.downloads import log_download
from privacy_portal.ground.ui.pages import page_of
from privacy_portal.ground.ui.private_downloads import private_file
from privacy_portal.ground.ui.streamed_tables import csv_pieces
from sharing.models import Disclosure
from sharing.replay import presenters
from sharing.replay.deciding_again import DecidedAgain, decide_again
from sharing.replay.difference_rules import RowAgain
from sharing.replay.queries import names_of
from sharing.review.record_views import get_disclosure

HEADINGS = ("Row", "Pupil", "Recorded", "As known then", "As known now")
# Which rows the page lists, with their words; the first without being asked.
LISTS = {"differing": "Different", "unkept": "Cannot be decided again", "same": "Same"}


@require_safe
@open_to(Action.SEE_DISCLOSURES)
def again(request: HttpRequest, entry: int) -> HttpResponseBase:
    """Decide again on a disclosure, and list its rows by how they compare with what was recorded; the look
    at the pupils on the page is logged."""
    disclosure = get_disclosure(entry)
    which = request.GET.get("rows", "differing")
    if which not in LISTS:
        raise Http404
    context = {
        "section": "disclosures",
        "disclosure": disclosure,
        "why_not": presenters.why_not(disclosure),
    }
    if disclosure.decided_row_by_row:
        decided = decide_again(disclosure)
        context |= _answers(disclosure, decided)
        if decided.rows is not None:
            page = page_of(request, getattr(decided.rows, which))
            people = [row.person for row in page.object_list if row.person]
            log_references(people, by=staff_of(request), at=days.now())
            context |= {
                "page": page,
                "which": which,
                "lists": [
                    (name, words, len(getattr(decided.rows, name))) for name, words in LISTS.items()
                ],
                "name_of": partial(_name, names_of(people)),
            }
    return render(request, "sharing/replay/again.html", context)


def _name(names: Mapping[UUID, str], row: RowAgain) -> str:
    """Return the name of the pupil in a row; empty where it has none, or they have been erased."""
    return names.get(UUID(row.person), "") if row.person else ""


def _answers(disclosure: Disclosure, decided: DecidedAgain) -> dict[str, object]:
    by_hand = disclosure.origin == Disclosure.Origin.AFTER_THE_FACT
    return {
        "decided": decided,
        "headline": presenters.headline(disclosure, decided),
        "too_much": presenters.may_hold_too_much(disclosure, decided),
        "differences": presenters.differences(decided),
        "in_words": partial(presenters.answer_in_words, by_hand=by_hand),
        "by_hand": by_hand,
    }


@require_safe
@open_to(Action.SEE_DISCLOSURES)
def download(request: HttpRequest, entry: int) -> HttpResponseBase:
    """Send the rows that differ as CSV; log the download."""
    disclosure = get_disclosure(entry)
    if not disclosure.decided_row_by_row:
        raise Http404
    decided = decide_again(disclosure)
    rows = decided.rows.differing if decided.rows else []
    log_download("again", by=staff_of(request), at=days.now(), disclosure=disclosure.pk)
    by_hand = disclosure.origin == Disclosure.Origin.AFTER_THE_FACT
    return private_file(
        csv_pieces(HEADINGS, _cells(rows, by_hand=by_hand)),
        name=f"checked-again-{entry}.csv",
        content_type="text/csv; charset=utf-8",
    )


def _cells(rows: Sequence[RowAgain], *, by_hand: bool) -> Iterator[Sequence[object]]:
    names = names_of([row.person for row in rows if row.person])
    in_words = partial(presenters.answer_in_words, by_hand=by_hand)
    for row in rows:
        answers = (in_words(answer) for answer in (row.recorded, row.then, row.now))
        yield row.row, _name(names, row), *answers
