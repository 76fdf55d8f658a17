"""Late disclosures and their recalls, for officers (C8)."""

from datetime import date
from typing import Unpack

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from consent.decisions import histories
from consent.models import Pupil
from notices.queries import controller, item_labels
from privacy_portal.ground import days
from privacy_portal.ground.accounts.permissions import officers_only, staff_of
from privacy_portal.ground.errors import allowed
from privacy_portal.ground.ui.day_fields import DayField
from privacy_portal.ground.ui.fields import LinesField
from privacy_portal.ground.ui.form_arguments import Data, Files, FormOptions
from privacy_portal.ground.ui.pdf import pdf_response
from privacy_portal.ground.ui.refusals import not_now_to
from sharing.models import Recall, RecallStep
from sharing.review import recall_letters, recalling

PER_PAGE = 50


class StepForm(forms.Form):
    """What was done or heard: the day, and how."""

    on = DayField("On which day?", missing="Write the day", what="The day")
    note = LinesField(
        "How, and to or from whom?",
        hint="For example: by post, to the data protection officer",
        missing="Say how, and to or from whom",
        max_length=500,
    )

    def __init__(
        self,
        data: Data = None,
        files: Files = None,
        *,
        earliest: date,
        today: date,
        **more: Unpack[FormOptions],
    ):
        super().__init__(data, files, **more)
        self.earliest, self.today = earliest, today

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        if not self.earliest <= on <= self.today:
            raise ValidationError("The day must lie between the disclosure and today")
        return on


@require_safe
@officers_only
def recalls(request: HttpRequest) -> HttpResponseBase:
    """Those still open, oldest first; or all, newest first."""
    everything = request.GET.get("all") == "1"
    found = recalling.recalls().order_by("-pk") if everything else recalling.open_recalls()
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    user = staff_of(request)
    histories.listed([each.decision.pupil for each in page.object_list], by=user, at=days.now())
    context = {"section": "disclosures", "page": page, "everything": everything}
    return render(request, "sharing/review/recalls.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@officers_only
@not_now_to("staff-recall", "number")
def recall(request: HttpRequest, number: int) -> HttpResponseBase:
    """One recall: what went too far, the letter, and what was done; the next step is noted."""
    user, at = staff_of(request), days.now()
    found = _recall(number)
    kind = RecallStep.Kind(request.POST["kind"]) if _posts_a_step(request) else None
    form = StepForm(
        request.POST if kind else None,
        earliest=days.day_of(found.disclosure.at),
        today=days.today(),
        initial={"on": days.today()},
    )
    if kind and form.is_valid():
        recalling.step(found, kind, **form.cleaned_data, by=user, at=at)
        messages.success(request, f"Noted: {kind.label.lower()}.")
        return redirect("staff-recall", number)
    histories.looked_at(found.decision.pupil, by=user, at=at)
    sent = Pupil.objects.filter(reference__in=recall_letters.people_sent(found))
    others = list(sent.exclude(pk=found.decision.pupil_id))
    for pupil in others:
        histories.looked_at(pupil, by=user, at=at)
    labels = item_labels()
    context = {
        "section": "disclosures",
        "recall": found,
        "steps": found.steps.select_related("by"),
        "kinds": [each for each in RecallStep.Kind if allowed(recalling.check_step, found, each)],
        "kind": kind,
        "items": [labels.get(code, code) for code in recalling.too_much(found)],
        "rows": recall_letters.rows_sent(found),
        "others": others,
        "to": recall_letters.addressee(found),
        "form": form,
    }
    return render(
        request, "sharing/review/recall.html", context, status=422 if form.errors else 200
    )


@require_safe
@officers_only
def letter(request: HttpRequest, number: int) -> HttpResponseBase:
    """The recall letter, drafted from what is known, as PDF; taking it is logged."""
    at = days.now()
    found = _recall(number)
    labels = item_labels()
    context = {
        "recall": found,
        "rows": recall_letters.rows_sent(found),
        "to": recall_letters.addressee(found),
        "items": [labels.get(code, code) for code in recalling.too_much(found)],
        "reference": recall_letters.reference(found),
        "controller": controller(),
        "today": days.today(),
        "answer_by": recalling.answer_by(at),
    }
    recalling.letter_taken(found, by=staff_of(request), at=at)
    return pdf_response(
        request, "sharing/review/recall_letter.html", context, name=f"recall-{number}", keep=True
    )


def _posts_a_step(request: HttpRequest) -> bool:
    return request.method == "POST" and request.POST.get("kind") in RecallStep.Kind.values


def _recall(number: int) -> Recall:
    found = recalling.recalls().filter(pk=number).first()
    if found is None:
        raise Http404
    return found
