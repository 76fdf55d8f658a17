"""The list on which school staff note, on the day, who did not want to take part (C2)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from consent.decisions.histories import log_listed
from consent.matter_lookup import schemes_asking_children
from consent.on_the_day import unwilling
from consent.on_the_day.forms import YearGroupForm
from consent.queries import schools_of
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.ui.methods import FORM_METHODS
from privacy_portal.ground.ui.pages import form_page


@require_http_methods(FORM_METHODS)
@open_to(change=Action.RECORD_CHOICES)
def on_the_day(request: HttpRequest) -> HttpResponseBase:
    """Ask for a year group and list its pupils; POST records those ticked, who did not want to take part."""
    user, at, today = staff_of(request), days.now(), days.today()
    schemes = list(schemes_asking_children())
    schools = list(schools_of(user))
    form = YearGroupForm(
        request.GET if "school" in request.GET else None,
        schemes=schemes,
        schools=schools,
        years=unwilling.year_groups_of(schools),
        today=today,
        initial={"day": today, "scheme": schemes[0].code if schemes else ""},
    )
    context: dict[str, object] = {
        "section": "staff-opt-outs", "form": form, "schemes": schemes, "schools": schools,
    }  # fmt: skip
    if not form.is_valid():
        return form_page(request, "consent/on_the_day/list.html", context)
    scheme, school = form.chosen("scheme", schemes), form.chosen("school", schools)
    on, year = form.cleaned_data["day"], form.cleaned_data["year"]
    rows = unwilling.year_group(scheme, school, year, by=user, at=at)
    if request.method == "POST":
        ticked = set(request.POST.getlist("pupil"))
        pupils = [row.pupil for row in rows if str(row.pupil.reference) in ticked]
        number = unwilling.record_unwilling(scheme, pupils, on=on, by=user, at=at)
        if number:
            messages.success(
                request, f"Recorded for {number} {'pupil' if number == 1 else 'pupils'}."
            )
        else:
            messages.warning(request, "Select the pupils who did not want to take part.")
        return redirect(request.get_full_path())
    log_listed([row.pupil for row in rows], by=user, at=at)
    context |= {"scheme": scheme, "school": school, "year": year, "on": on, "rows": rows}
    return form_page(request, "consent/on_the_day/list.html", context)
