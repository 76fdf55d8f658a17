"""Officers' pages about files created from pupil records."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consent.queries import schools, year_groups
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.faults import BadInputError
from privacy_portal.ground.ui.methods import FORM_METHODS
from privacy_portal.ground.ui.pages import form_page
from sharing.errors import OwnAgreementError
from sharing.from_roll import defining
from sharing.from_roll.forms import DefinitionForm
from sharing.models import ReleaseDefinition


@require_safe
@open_to(Action.SEE_RELEASES)
def definitions(request: HttpRequest) -> HttpResponseBase:
    """List the definitions, each with its next run."""
    context = {"section": "releases", "definitions": list(defining.definitions())}
    return render(request, "sharing/from_roll/index.html", context)


@require_http_methods(FORM_METHODS)
@open_to(change=Action.RELEASE)
def new(request: HttpRequest) -> HttpResponseBase:
    """Define a file from pupil records."""
    form = _form(request, {"every": ReleaseDefinition.Every.NEVER})
    if request.method == "POST" and form.is_valid():
        defining.define(form.terms(), by=staff_of(request), at=days.now())
        messages.success(request, "Saved. Each file will need a second officer’s approval.")
        return redirect("staff-definitions")
    return _page(request, form, "Set up a file from pupil records")


@require_http_methods(FORM_METHODS)
@open_to(change=Action.RELEASE)
def edit(request: HttpRequest, number: int) -> HttpResponseBase:
    """Change a definition."""
    definition = _definition(number)
    initial = {name: getattr(definition, name) for name in DefinitionForm.base_fields}
    form = _form(request, initial)
    if request.method == "POST" and form.is_valid():
        defining.change(definition, form.terms(), by=staff_of(request), at=days.now())
        messages.success(request, "Saved")
        return redirect("staff-definitions")
    return _page(request, form, f"Change {definition.name}")


@require_POST
@open_to(change=Action.RELEASE)
def run(request: HttpRequest, number: int) -> HttpResponseBase:
    """Run a definition now."""
    definition = _definition(number)
    try:
        release = defining.run(definition, by=staff_of(request), at=days.now())
    except (BadInputError, OwnAgreementError) as error:
        messages.warning(request, f"The file was not created: {error}")
        return redirect("staff-definitions")
    return redirect("staff-release", release.pk)


@require_POST
@open_to(change=Action.RELEASE)
def forget(request: HttpRequest, number: int) -> HttpResponseBase:
    """Delete a definition."""
    definition = _definition(number)
    defining.forget(definition, by=staff_of(request), at=days.now())
    messages.success(request, f"{definition.name} deleted. The log keeps what was released.")
    return redirect("staff-definitions")


def _form(request: HttpRequest, initial: dict[str, object]) -> DefinitionForm:
    return DefinitionForm(
        request.POST if request.method == "POST" else None,
        schools=[(school.urn, school.name) for school in schools()],
        year_groups=year_groups(),
        today=days.today(),
        initial=initial,
    )


def _page(request: HttpRequest, form: DefinitionForm, heading: str) -> HttpResponseBase:
    context = {"form": form, "section": "releases", "heading": heading}
    return form_page(request, "sharing/from_roll/definition.html", context)


def _definition(number: int) -> ReleaseDefinition:
    return get_object_or_404(defining.definitions(), pk=number)
