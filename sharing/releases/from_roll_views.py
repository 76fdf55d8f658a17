"""Officers' pages about releases that are made from the roll."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consent.queries import schools, year_groups
from privacy_portal.ground import days
from privacy_portal.ground.accounts.permissions import officers_only, staff_of
from privacy_portal.ground.faults import BadInputError
from sharing.models import ReleaseDefinition
from sharing.releases import from_roll
from sharing.releases.from_roll_forms import DefinitionForm

FORM_METHODS = ["GET", "HEAD", "POST"]


@require_safe
@officers_only
def definitions(request: HttpRequest) -> HttpResponseBase:
    """Every definition, with its next day."""
    context = {"section": "releases", "definitions": list(from_roll.definitions())}
    return render(request, "sharing/releases/from_roll_index.html", context)


@require_http_methods(FORM_METHODS)
@officers_only
def new(request: HttpRequest) -> HttpResponseBase:
    """Defines a release."""
    form = _form(request, {"every": ReleaseDefinition.Every.NEVER})
    if request.method == "POST" and form.is_valid():
        from_roll.define(form.wanted(), by=staff_of(request), at=days.now())
        messages.success(request, "Defined. Each run stops for a second officer.")
        return redirect("staff-definitions")
    return _page(request, form, "Define a release from the roll")


@require_http_methods(FORM_METHODS)
@officers_only
def edit(request: HttpRequest, number: int) -> HttpResponseBase:
    """Changes a definition."""
    found = _found(number)
    initial = {name: getattr(found, name) for name in from_roll.Wanted.__slots__}
    form = _form(request, initial)
    if request.method == "POST" and form.is_valid():
        from_roll.change(found, form.wanted(), by=staff_of(request), at=days.now())
        messages.success(request, "Saved.")
        return redirect("staff-definitions")
    return _page(request, form, f"Change {found.name}")


@require_POST
@officers_only
def run(request: HttpRequest, number: int) -> HttpResponseBase:
    """Makes the release now."""
    found = _found(number)
    try:
        made = from_roll.run(found, by=staff_of(request), at=days.now())
    except BadInputError as error:
        messages.warning(request, f"Nothing was made: {error}")
        return redirect("staff-definitions")
    return redirect("staff-release", made.pk)


@require_POST
@officers_only
def forget(request: HttpRequest, number: int) -> HttpResponseBase:
    """Takes a definition away."""
    found = _found(number)
    from_roll.forget(found, by=staff_of(request), at=days.now())
    messages.success(request, f"{found.name} is taken away. What was released stays in the log.")
    return redirect("staff-definitions")


def _form(request: HttpRequest, initial: dict[str, object]) -> DefinitionForm:
    return DefinitionForm(
        request.POST if request.method == "POST" else None,
        schools=[(each.urn, each.name) for each in schools()],
        year_groups=year_groups(),
        today=days.today(),
        initial=initial,
    )


def _page(request: HttpRequest, form: DefinitionForm, heading: str) -> HttpResponseBase:
    context = {"section": "releases", "form": form, "heading": heading}
    status = 422 if form.errors else 200
    return render(request, "sharing/releases/from_roll.html", context, status=status)


def _found(number: int) -> ReleaseDefinition:
    found = from_roll.definitions().filter(pk=number).first()
    if found is None:
        raise Http404
    return found
