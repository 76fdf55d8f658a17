"""Officers' pages of requests for data: the list, its CSV, and one request."""

from functools import partial
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from consent.decisions import histories
from notices.queries import item_labels
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action, may
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.errors import allowed
from privacy_portal.ground.ui.pages import other_parameters, page_of
from privacy_portal.ground.ui.private_downloads import private_csv
from sharing import request_rules as rules
from sharing.models import DataRequestStep, RequestDetails
from sharing.requests import (
    deciding,
    disclosing,
    elsewhere,
    exporting,
    letters,
    queries,
    receiving,
    standings,
    steps,
    words,
)
from sharing.requests.files import content

STATUSES = (
    ("open", "To decide"),
    ("second", "Needs you as a second officer"),
    ("waiting", "Waits for another officer"),
    ("answer", "To answer"),
    ("overdue", "Overdue"),
    ("decided", "Decided or withdrawn"),
    ("all", "All"),
)
# For who decides nothing: no decision is their own, and none needs them.
STATUSES_TO_LOOK_AT = tuple(
    (name, "Waits for a second officer" if name == "second" else text)
    for name, text in STATUSES
    if name != "waiting"
)


@require_safe
@open_to(Action.SEE_CASES)
def index(request: HttpRequest) -> HttpResponseBase:
    """List the requests: those to decide, soonest first, or others as filtered."""
    at = days.now()
    user = staff_of(request)
    statuses = STATUSES if may(user, Action.DECIDE_CASES) else STATUSES_TO_LOOK_AT
    status = request.GET.get("status", "open")
    status = status if status in dict(statuses) else "open"
    search = " ".join(request.GET.get("words", "").split())[:100]
    page = page_of(request, _named(_with_status(status, user), search))
    context = {
        "section": "requests",
        "page": page,
        "status": status,
        "statuses": statuses,
        "words": search,
        "query": other_parameters(request),
        "state_of": queries.state_of,
        "states": words.STATES,
        "is_overdue": partial(queries.is_overdue, at=at),
        "places": queries.places_of_kind(list(page.object_list)),
        "place_in_words": words.place_in_words,
        "received": words.received_in_words,
    }
    return render(request, "sharing/requests/index.html", context)


def _with_status(status: str, user: User) -> QuerySet[RequestDetails]:
    lists = {
        "open": queries.requests_to_decide(),
        "second": queries.requests_to_approve(user),
        "waiting": queries.requests_waiting(user),
        "answer": queries.requests_to_answer(),
        "overdue": queries.overdue_requests(days.now()),
        "decided": queries.settled_requests(),
        "all": queries.current_details(),
    }
    return lists[status]


def _named(requests: QuerySet[RequestDetails], search: str) -> QuerySet[RequestDetails]:
    """Return the requests of an organisation or with a reference that has these words."""
    if not search:
        return requests
    number = search.lower().removeprefix("request").strip()
    own = (
        Q(request=int(number))
        if number.isascii() and number.isdigit() and len(number) < 10
        else Q()
    )
    names = (
        Q(organisation_name__icontains=search)
        | Q(recipient__name__icontains=search)
        | Q(their_reference__icontains=search)
    )
    return requests.filter(names | own if own else names)


@require_safe
@open_to(Action.SEE_CASES)
def as_csv(request: HttpRequest) -> HttpResponseBase:
    """Return the log of requests as CSV, for auditors: it names no pupil. The download is logged."""
    exporting.log_taken(by=staff_of(request), at=days.now())
    return private_csv(exporting.HEADINGS, exporting.rows(), name="requests.csv")


@require_safe
@open_to(Action.SEE_CASES)
def page(request: HttpRequest, number: int) -> HttpResponseBase:
    """Show a request: what is known, what the rules say, the decision and the history."""
    details = get_details(number)
    user, at = staff_of(request), days.now()
    pupils = queries.pupils_of(details)
    histories.log_listed(pupils, by=user, at=at)
    decisions = queries.decisions_on(details.request)
    standing = next((row for row in reversed(decisions) if row.stands), None)
    about = details.request.details.select_related("by").order_by("number")
    disclosures = list(queries.disclosures_of(details.request))
    state = queries.state_of(details)
    decides = may(user, Action.DECIDE_CASES)
    context = page_context(details) | {
        "pupils": pupils,
        "labels": item_labels(),
        "parts": RequestDetails.Part,
        "needs": [deciding.NEEDS[need] for need in _missing(details, len(pupils))],
        "decision": standing,
        "second": words.second_in_words(standing) if standing else [],
        "decided_items": words.decided_items,
        "known_elsewhere": _known_elsewhere(standing) if standing else {},
        "listed_like": elsewhere.listed_like(details),
        "items_in_words": words.items_in_words,
        "can_change": decides and allowed(receiving.check_can_change, details.request),
        "can_decide": decides and allowed(deciding.check_can_decide, details.request),
        "can_answer": decides
        and standing is not None
        and allowed(deciding.check_can_answer, standing, user),
        "can_share": decides
        and disclosing.can_share(standing)
        and state is not queries.State.WITHDRAWN,
        "can_note": decides
        and allowed(steps.check_can_record, details.request, DataRequestStep.Kind.NOTE),
        "letters": letters.kinds_for(standing) if decides else [],
        "titles": letters.TITLES,
        "can_make_file": disclosing.can_share(standing)
        and content.can_hold_something(standing.decision),
        "is_shared": any(not hasattr(disclosure, "undone") for disclosure in disclosures),
        "disclosures": disclosures,
        "history": words.history(
            list(about), decisions, list(details.request.steps.select_related("by")), disclosures
        ),
        "place": words.place_in_words(queries.places_of_kind([details])[details.request_id]),
    }
    return render(request, "sharing/requests/request.html", context)


def _known_elsewhere(row: queries.DecisionRow) -> dict[int, list[str]]:
    """Return for each pupil about whom information goes, by id, what was in force about them elsewhere."""
    decided = [each for each in row.decision.pupils.all() if each.elsewhere]
    names = elsewhere.names_of(code for each in decided for code in each.elsewhere)
    return {each.pupil_id: elsewhere.in_words(each.elsewhere, names) for each in decided}


def _missing(details: RequestDetails, pupils: int) -> list[rules.Need]:
    return rules.missing(queries.facts_of(details, standings.special_items(), pupils))


def get_details(number: int) -> RequestDetails:
    """Return the newest details of a request. Raises Http404."""
    details = queries.details_of(number)
    if details is None:
        raise Http404
    return details


def page_context(details: RequestDetails) -> dict[str, Any]:
    """Return what every page of a request shows of it."""
    state = queries.state_of(details)
    return {
        "section": "requests",
        "details": details,
        "number": details.request_id,
        "state": state,
        "state_tag": words.STATES[state],
        "overdue": queries.is_overdue(details, days.now()),
        "received": words.received_in_words(details),
    }
