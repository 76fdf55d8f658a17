"""Officers' pages about recalls (C8)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from consent.decisions import histories
from consent.models import Pupil
from notices.queries import controller, item_labels
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.errors import allowed
from privacy_portal.ground.terms import current as terms
from privacy_portal.ground.ui.forms import ids
from privacy_portal.ground.ui.methods import FORM_METHODS
from privacy_portal.ground.ui.pages import form_page, page_of
from privacy_portal.ground.ui.pdf import pdf_response
from privacy_portal.ground.ui.refusals import not_now_to
from sharing.models import Recall, RecallStep
from sharing.review import recall_letters, recalling
from sharing.review.forms import RecallStepForm


@require_safe
@open_to(Action.SEE_DISCLOSURES)
def recalls(request: HttpRequest) -> HttpResponseBase:
    """List the open recalls, oldest first; or all, newest first, of one entry of the log if it is named."""
    entry = next(iter(ids([request.GET.get("entry", "")])), None)
    everything = entry is None and request.GET.get("all") == "1"
    if entry is not None:
        queryset = recalling.recalls().filter(disclosure__entry=entry).order_by("-pk")
    else:
        queryset = recalling.recalls().order_by("-pk") if everything else recalling.open_recalls()
    page = page_of(request, queryset)
    user = staff_of(request)
    histories.log_listed(
        [recall.decision.pupil for recall in page.object_list], by=user, at=days.now()
    )
    context = {"section": "disclosures", "page": page, "everything": everything, "entry": entry}
    return render(request, "sharing/review/recalls.html", context)


@require_http_methods(FORM_METHODS)
@open_to(Action.SEE_DISCLOSURES, change=Action.KEEP_DISCLOSURES)
@not_now_to("staff-recall", "number")
def recall(request: HttpRequest, number: int) -> HttpResponseBase:
    """Show one recall: what to delete, the letter and the history; record the next step."""
    user, at = staff_of(request), days.now()
    recall = _get_recall(number)
    name = request.POST.get("kind")
    kind = RecallStep.Kind(name) if name in RecallStep.Kind.values else None
    form = RecallStepForm(
        request.POST if kind else None,
        earliest=days.day_of(recall.disclosure.at),
        today=days.today(),
        initial={"on": days.today()},
    )
    if kind and form.is_valid():
        recalling.record_step(recall, kind, **form.cleaned_data, by=user, at=at)
        messages.success(request, "Update saved")
        return redirect("staff-recall", number)
    histories.log_look(recall.decision.pupil, by=user, at=at)
    sent = Pupil.objects.filter(reference__in=recall_letters.people_sent(recall))
    others = list(sent.exclude(pk=recall.decision.pupil_id))
    for pupil in others:
        histories.log_look(pupil, by=user, at=at)
    context = _sent_too_much(recall) | {
        "section": "disclosures",
        "steps": recall.steps.select_related("by"),
        "kinds": [
            step
            for step in RecallStep.Kind
            if allowed(recalling.check_can_record_step, recall, step)
        ],
        "kind": kind,
        "form": form,
        "others": others,
    }
    return form_page(request, "sharing/review/recall.html", context)


@require_safe
@open_to(Action.SEE_DISCLOSURES)
def letter(request: HttpRequest, number: int) -> HttpResponseBase:
    """Return the recall letter as a PDF; the download is logged."""
    at = days.now()
    recall = _get_recall(number)
    context = _sent_too_much(recall) | {
        "reference": recall_letters.reference(recall),
        "closing": terms.text("recall_closing"),
        "controller": controller(),
        "today": days.today(),
        "answer_by": recalling.answer_by(at),
    }
    recalling.letter_taken(recall, by=staff_of(request), at=at)
    return pdf_response(
        request, "sharing/review/recall_letter.html", context, name=f"recall-{number}", keep=True
    )


def _get_recall(number: int) -> Recall:
    return get_object_or_404(recalling.recalls(), pk=number)


def _sent_too_much(recall: Recall) -> dict[str, object]:
    """Return what the page and the letter say: which items of which rows, and who must delete them."""
    labels = item_labels()
    return {
        "recall": recall,
        "rows": recall_letters.rows_sent(recall),
        "to": recall_letters.addressee(recall),
        "items": [labels.get(code, code) for code in recalling.too_much(recall)],
    }
