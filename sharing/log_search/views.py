"""The log of everything that was done: searched, each entry on a page, as CSV."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from consent.decisions.histories import log_listed
from consent.matching.searching import SearchResults
from consent.matching.views import find_pupils
from consent.models import Pupil
from consent.queries import decisions_by_id, own_pupil, references_of
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log import searching
from privacy_portal.ground.log.checkpoints import (
    NO_CHECKPOINT,
    NO_PROOF,
    NotCoveredError,
    newest_checkpoint,
    proof_of_entry,
)
from privacy_portal.ground.log.downloads import log_download
from privacy_portal.ground.log.folders import FolderError
from privacy_portal.ground.log.searching import Wanted
from privacy_portal.ground.ui.pages import PER_PAGE
from privacy_portal.ground.ui.private_downloads import CSV, private_file
from privacy_portal.ground.ui.refusals import not_now_to
from sharing.log_search import lines as in_words
from sharing.log_search.checks import last_check
from sharing.log_search.forms import LogFilter
from sharing.log_search.people import Body, Person, body_of, people_of, references_in
from sharing.log_search.things import things_of

LAST_SEQ = 2**63 - 1
TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Search:
    """What a search of the log asks for: None with an error in the form or as long as its pupil is not
    clear. `pupil` is the one it is about; `matches` are pupils that it may be about."""

    form: LogFilter
    wanted: Wanted | None
    pupil: Pupil | None
    matches: SearchResults | None


@require_safe
@open_to(Action.SEE_LOG)
def index(request: HttpRequest) -> HttpResponseBase:
    """List the entries of the log that match, newest first; log which pupils the page names."""
    user = staff_of(request)
    search = _search(request, user)
    before = _number(request, "before")
    entries = []
    if search.wanted is not None:
        entries = searching.entries(search.wanted, before=before, most=PER_PAGE + 1)
    about = search.wanted.about if search.wanted else ()
    lines = in_words.lines(entries[:PER_PAGE], of=about)
    _log_names([person for line in lines for person in line.about], by=user)
    context = {
        "section": "log",
        "form": search.form,
        "lines": lines,
        "pupil": search.pupil,
        "matches": search.matches,
        "query": _parameters(request, search.pupil),
        "without_pupil": _parameters(request, without="pupil"),
        "filtered": any(value for name, value in request.GET.items() if name != "before"),
        "before": before,
        "older": lines[-1].seq if len(entries) > PER_PAGE else None,
        "newest": newest_checkpoint(),
        "check": last_check(),
    }
    status = 422 if search.form.errors else 200
    return render(request, "sharing/log_search/index.html", context, status=status)


@require_safe
@open_to(Action.SEE_LOG)
def as_csv(request: HttpRequest) -> HttpResponseBase:
    """Return the entries of the log that match as CSV; log the download."""
    user = staff_of(request)
    search = _search(request, user)
    if search.wanted is None:
        return redirect(f"{reverse('staff-log')}?{_parameters(request)}")
    about = {"person": str(search.pupil.reference)} if search.pupil else {}
    log_download("log", by=user, at=days.now(), **about)
    return private_file(in_words.as_csv(search.wanted), name="log.csv", content_type=CSV)


@require_safe
@open_to(Action.SEE_LOG)
def page(request: HttpRequest, seq: int) -> HttpResponseBase:
    """Show one entry in words and as it is written, and what it speaks of; log which pupils it names."""
    user = staff_of(request)
    entry = searching.entry(seq) if seq <= LAST_SEQ else None
    if entry is None:
        raise Http404
    body = body_of(entry)
    references = list(dict.fromkeys(references_in(body)))
    # All of them: a protected one among them hides where they are.
    by_reference = people_of(references)
    people = [by_reference[reference] for reference in references]
    named = people[: in_words.NAMED_ON_PAGE]
    _log_names(named, by=user)
    hidden = in_words.is_hidden(body, [*people, *_of_decision(body)])
    context = {
        "section": "log",
        "line": in_words.lines([entry])[0],
        "leaf": bytes(entry.leaf).hex(),
        "written": in_words.as_written(entry, hide=hidden),
        "hidden": hidden,
        "people": named,
        "more_people": len(people) - len(named),
        "things": things_of(body, user),
    }
    return render(request, "sharing/log_search/entry.html", context)


@require_safe
@open_to(Action.SEE_LOG)
@not_now_to("staff-log-entry", "seq")
def proof(request: HttpRequest, seq: int) -> HttpResponseBase:
    """Return the proof that an entry is in the log, against the newest checkpoint; with the entry itself,
    unless it tells where a protected pupil is; log the download."""
    entry = searching.entry(seq) if seq <= LAST_SEQ else None
    if entry is None:
        raise Http404
    body = body_of(entry)
    people = people_of(list(dict.fromkeys(references_in(body)))).values()
    hidden = in_words.is_hidden(body, [*people, *_of_decision(body)])
    try:
        text = proof_of_entry(seq, with_entry=not hidden)
    except NotCoveredError as error:
        raise NotNowError(NO_CHECKPOINT) from error
    except FolderError as error:
        raise NotNowError(NO_PROOF) from error
    log_download("proof", by=staff_of(request), at=days.now(), proved=seq)
    return private_file(text.encode(), name=f"log-entry-{seq}.tlog-proof", content_type=TEXT)


def _search(request: HttpRequest, user: User) -> Search:
    form = LogFilter(request.GET)
    if not form.is_valid():
        return Search(form, None, None, None)
    text = form.cleaned_data["pupil"]
    if not text:
        return Search(form, form.wanted(()), None, None)
    pupil, matches = own_pupil(user, text), None
    if pupil is None:
        matches = find_pupils(user, text)
        if len(matches.pupils) != 1 or matches.alike:
            return Search(form, None, None, matches)
        pupil = matches.pupils[0]
    references = tuple(str(reference) for reference in references_of([pupil]))
    return Search(form, form.wanted(references), pupil, None)


def _number(request: HttpRequest, name: str) -> int | None:
    """Return the number in the address; None without one, or with something else."""
    text = request.GET.get(name, "")
    if not (text.isascii() and text.isdecimal()) or len(text) > len(str(LAST_SEQ)):
        return None
    return min(int(text), LAST_SEQ)


def _parameters(request: HttpRequest, pupil: Pupil | None = None, without: str = "") -> str:
    """Return the filters of the address, for links; with a pupil by their reference."""
    parameters = request.GET.copy()
    for name in ("before", without):
        parameters.pop(name, None)
    if pupil is not None:
        parameters["pupil"] = str(pupil.reference)
    return parameters.urlencode()


def _log_names(people: Sequence[Person], *, by: User) -> None:
    log_listed([person.pupil for person in people if person.pupil], by=by, at=days.now())


def _of_decision(body: Body) -> list[Person]:
    """Return the pupil whom the choice is about that an entry speaks of."""
    number = body.get("decision")
    decisions = decisions_by_id([number]) if isinstance(number, int) else []
    return [Person(str(row.pupil.reference), pupil=row.pupil) for row in decisions]
