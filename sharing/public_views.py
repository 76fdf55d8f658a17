"""The public register: who gets what, under which agreement, and how often."""

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from consent.matters import step_address
from notices.models import Recipient
from notices.queries import recipients
from privacy_portal import days
from privacy_portal.public_pages.caching import public_page, revalidated
from sharing import queries, rules
from sharing.objectionable import objectionable_in


@require_safe
@public_page
def register(request: HttpRequest) -> HttpResponse:
    """Every organisation, with its agreements in force today."""
    today = days.today()
    in_force = queries.in_force_by_recipient(today)
    listed = [(each, in_force.get(each.pk, []), _open(each, today)) for each in recipients()]
    return render(request, "sharing/register.html", {"section": "register", "listed": listed})


@require_safe
@public_page
def recipient(request: HttpRequest, code: str) -> HttpResponse:
    """One organisation: what it is, its agreements in force, what it may get."""
    found = queries.recipient(code)
    if found is None:
        raise Http404
    today = days.today()
    agreements = queries.in_force_by_recipient(today).get(found.pk, [])
    context = {
        "section": "register",
        "recipient": found,
        "open": _open(found, today),
        "agreements": agreements,
        "objectionable": [
            (matter, step_address(matter, "who")) for matter in objectionable_in(agreements)
        ],
        "scheme": getattr(found, "scheme", None),
    }
    return render(request, "sharing/recipient.html", context)


@require_safe
@revalidated
def disclosures(request: HttpRequest) -> HttpResponse:
    """What was handed over, in counts by organisation, purpose and year."""
    context = {"section": "register", "counts": queries.public_counts()}
    return render(request, "sharing/public_disclosures.html", context)


def _open(recipient: Recipient, today: date) -> bool:
    facts = rules.Recipient(recipient.code, recipient.opened, recipient.closed)
    return rules.is_open(facts, today)
