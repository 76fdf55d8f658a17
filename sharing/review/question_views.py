"""Buttons by which officers ask about a disclosure, and answer."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.ui.refusals import not_now_to
from sharing.review import questioning
from sharing.review.forms import AnswerForm, QuestionForm
from sharing.review.record_views import get_disclosure


@require_POST
@open_to(change=Action.KEEP_DISCLOSURES)
@not_now_to("staff-disclosure", "entry")
def ask(request: HttpRequest, entry: int) -> HttpResponse:
    """Ask the officer who shared something about it."""
    disclosure, form = get_disclosure(entry), QuestionForm(request.POST)
    if form.is_valid():
        questioning.ask(
            disclosure, words=form.cleaned_data["question"], by=staff_of(request), at=days.now()
        )
        messages.success(request, "Question sent")
    else:
        messages.warning(request, str(form.errors["question"][0]))
    return redirect("staff-disclosure", entry)


@require_POST
@open_to(change=Action.KEEP_DISCLOSURES)
@not_now_to("staff-disclosure", "entry")
def answer(request: HttpRequest, entry: int, number: int) -> HttpResponse:
    """Answer a question about a disclosure."""
    asked = questioning.questions_about(get_disclosure(entry))
    question, form = get_object_or_404(asked, pk=number), AnswerForm(request.POST)
    if form.is_valid():
        questioning.answer(
            question, words=form.cleaned_data["answer"], by=staff_of(request), at=days.now()
        )
        messages.success(request, "Answer sent")
    else:
        messages.warning(request, str(form.errors["answer"][0]))
    return redirect("staff-disclosure", entry)
