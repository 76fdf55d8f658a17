"""Pages of possible duplicate records: a list of questions, and one of them."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from consent.decisions import histories
from consent.identities import same_children
from consent.identities.forms import SameChildForm, SameChildrenForm
from consent.queries import numbers_of_decisions, present_upns
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.ui.environment import count
from privacy_portal.ground.ui.pages import form_page, posted
from privacy_portal.ground.ui.refusals import not_now_to

PER_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Action.SEE_ROLL, change=Action.IMPORT_ROLL)
@not_now_to("staff-same-children")
def questions(request: HttpRequest) -> HttpResponseBase:
    """List open questions, oldest first, to answer several as the same child; log whom the page lists."""
    user, at = staff_of(request), days.now()
    form = SameChildrenForm(posted(request))
    if form.is_valid():
        answers = form.cleaned_data
        merged = same_children.answer(
            answers["question"], same=True, reason=answers["reason"], by=user, at=at
        )
        messages.success(request, f"{count(merged, 'pair')} of records merged.")
        return redirect("staff-same-children")
    page = Paginator(same_children.questions_for(user), PER_PAGE).get_page(request.GET.get("page"))
    pupils = [pupil for row in page.object_list for pupil in (row.new, row.other)]
    histories.log_listed(pupils, by=user, at=at)
    context = {"section": "pupils", "page": page, "form": form}
    return form_page(request, "consent/identities/same_children.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Action.SEE_ROLL, change=Action.IMPORT_ROLL)
def question(request: HttpRequest, number: int) -> HttpResponseBase:
    """Compare both records and answer whether they are of the same child; log the look."""
    user, at = staff_of(request), days.now()
    row = get_object_or_404(same_children.questions_for(user), pk=number)
    form = SameChildForm(posted(request))
    if form.is_valid():
        same, reason = form.cleaned_data["answer"] == "same", form.cleaned_data["reason"]
        try:
            same_children.answer([row.pk], same=same, reason=reason, by=user, at=at)
            apart = "Saved: 2 pupils. Choices about one no longer apply to the other."
            messages.success(request, "Records merged." if same else apart)
            return redirect("staff-same-children")
        except NotNowError as error:
            messages.warning(request, str(error))
    records = [row.new, row.other]
    histories.log_listed(records, by=user, at=at)
    choices, upns = numbers_of_decisions(records), present_upns(records)
    context = {
        "section": "pupils",
        "question": row,
        "records": [(pupil, upns.get(pupil.pk, ""), choices.get(pupil.pk, 0)) for pupil in records],
        "form": form,
    }
    return form_page(request, "consent/identities/same_child.html", context)
