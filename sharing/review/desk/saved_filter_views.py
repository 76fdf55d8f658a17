"""Buttons by which people keep filters of the disclosure log, and delete them again."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.errors import NotNowError
from sharing.models import Disclosure
from sharing.review.desk import saved_filters
from sharing.review.desk.filters import DisclosureFilter
from sharing.review.desk.parameters import filters_of
from sharing.review.forms import SaveFilterForm


@require_POST
@open_to(change=Action.KEEP_DISCLOSURES)
def save(request: HttpRequest) -> HttpResponse:
    """Keep the filter that the page shows, under a name."""
    form = SaveFilterForm(request.POST)
    if not form.is_valid():
        messages.warning(request, str(next(iter(form.errors.values()))[0]))
        return redirect("staff-disclosures")
    query = filters_of(form.cleaned_data["query"])
    address = f"{reverse('staff-disclosures')}?{query}"
    user = staff_of(request)
    log = DisclosureFilter(QueryDict(query), Disclosure.objects.all(), user=user)
    if not query or not log.valid:
        messages.warning(request, "Choose at least one filter, and then save it.")
        return redirect(address)
    try:
        saved_filters.save_filter(name=form.cleaned_data["name"], query=query, by=user)
        messages.success(request, "Filter saved")
    except NotNowError as error:
        messages.warning(request, str(error))
    return redirect(address)


@require_POST
@open_to(change=Action.KEEP_DISCLOSURES)
def delete(request: HttpRequest, number: int) -> HttpResponse:
    """Delete one of somebody's own filters."""
    if saved_filters.delete_filter(number, by=staff_of(request)):
        messages.success(request, "Saved filter deleted")
    return redirect("staff-disclosures")
