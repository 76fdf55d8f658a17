"""One entry of the disclosure log, with its reasons; another officer can sign it off."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from notices.queries import labels as labels_of_codes
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action, may
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.errors import allowed
from privacy_portal.ground.ui.methods import FORM_METHODS
from privacy_portal.ground.ui.refusals import not_now_to
from sharing.disclosures import queries as disclosure_queries
from sharing.models import Disclosure, KeepingStep
from sharing.review import (
    destruction,
    overriding,
    presenters,
    questioning,
    restricting,
    signing_off,
)
from sharing.review.forms import AnswerForm, QuestionForm, ReviewForm, SignOffForm
from sharing.review.record_views import get_disclosure


@require_http_methods(FORM_METHODS)
@open_to(Action.SEE_DISCLOSURES, change=Action.KEEP_DISCLOSURES)
@not_now_to("staff-disclosure", "entry")
def disclosure(request: HttpRequest, entry: int) -> HttpResponseBase:
    """Show one entry with its reasons; another officer can sign it off."""
    disclosure = get_disclosure(entry)
    user = staff_of(request)
    form = SignOffForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        signing_off.sign_off(disclosure, note=form.cleaned_data["note"], by=user, at=days.now())
        messages.success(request, "Signed off")
        return redirect("staff-disclosure", entry)
    codes = labels_of_codes()
    labels = codes.items
    by_hand = disclosure.origin == Disclosure.Origin.AFTER_THE_FACT
    override = getattr(disclosure, "override", None)
    steps = list(disclosure.keeping_steps.select_related("by"))
    context = {
        "section": "disclosures",
        "disclosure": disclosure,
        "view": presenters.disclosure_in_words(
            disclosure,
            disclosure_queries.reason_counts(disclosure),
            labels,
            people=disclosure_queries.people_in(disclosure) if by_hand else (0, 0),
            notices=codes.notices,
        ),
        "given": by_hand,
        "item_sets": [[labels.get(code, code) for code in codes] for codes in disclosure.item_sets],
        "late": disclosure_queries.late_pupils(disclosure),
        "form": form,
        "can_sign_off": may(user, Action.KEEP_DISCLOSURES)
        and allowed(signing_off.check_can_sign_off, disclosure, user),
        "why_not_sign_off": signing_off.why_not(disclosure, user)
        if may(user, Action.KEEP_DISCLOSURES)
        else "Waiting for another officer to sign off.",
        "in_sample": presenters.sample_in_words(disclosure),
        "questions": questioning.questions_about(disclosure),
        "can_ask": may(user, Action.KEEP_DISCLOSURES)
        and allowed(questioning.check_can_ask, disclosure, user),
        "question_form": QuestionForm(),
        "answer_form": lambda number: AnswerForm(prefix="", auto_id=f"id_answer_{number}_%s"),
        "steps": steps,
        "destroyed": any(step.kind == KeepingStep.Kind.DESTROYED for step in steps),
        "overdue": destruction.is_overdue(disclosure, days.today()),
        "tables": disclosure_queries.tables_of(disclosure),
        "override": override,
        "can_look": override is not None
        and may(user, Action.APPROVE)
        and allowed(overriding.check_can_review, override, user),
        "look_form": ReviewForm(),
        "restriction": restricting.in_force(disclosure, days.today()),
        "row_permissions": disclosure_queries.row_permissions(disclosure),
    }
    return render(request, "sharing/review/disclosure.html", context)
