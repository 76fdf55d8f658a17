"""Officers' pages about incidents."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.ui.methods import FORM_METHODS
from privacy_portal.ground.ui.pages import form_page, page_of
from sharing.models import IncidentStep
from sharing.review import incidents
from sharing.review.forms import IncidentStepForm


@require_safe
@open_to(Action.SEE_DISCLOSURES)
def incident_list(request: HttpRequest) -> HttpResponseBase:
    """List the open incidents, the soonest deadline first; or all, newest first."""
    everything = request.GET.get("all") == "1"
    queryset = incidents.incidents() if everything else incidents.open_incidents()
    context = {
        "section": "disclosures",
        "page": page_of(request, queryset),
        "everything": everything,
        "now": days.now(),
        "deadline": incidents.deadline,
        "is_closed": incidents.is_closed,
        "is_overdue": incidents.is_overdue,
        "missing": incidents.missing,
    }
    return render(request, "sharing/review/incidents.html", context)


@require_http_methods(FORM_METHODS)
@open_to(Action.SEE_DISCLOSURES, change=Action.KEEP_DISCLOSURES)
def incident(request: HttpRequest, number: int) -> HttpResponseBase:
    """Show one incident: its deadline, its history and what to do; record a step."""
    incident = get_object_or_404(incidents.incidents(), pk=number)
    form = IncidentStepForm(request.POST or None, today=days.today(), initial={"on": days.today()})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            incidents.record_step(
                incident, IncidentStep.Kind(data["kind"]), on=data["on"], note=data["note"],
                by=staff_of(request), at=days.now(),
            )  # fmt: skip
            messages.success(request, "Saved")
            return redirect("staff-incident", number)
        except NotNowError as error:
            form.add_error("kind", str(error))
    context: dict[str, object] = {
        "form": form,
        "section": "disclosures",
        "incident": incident,
        "closed": incidents.is_closed(incident),
        "missing": incidents.missing(incident),
        "deadline": incidents.deadline(incident),
        "overdue": incidents.is_overdue(incident, days.now()),
    }
    return form_page(request, "sharing/review/incident.html", context)
