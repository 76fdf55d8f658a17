"""Officers' pages about templates of agreements: the list, one, an agreement from one, and how an
agreement differs from its own."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from notices.queries import item_labels, purpose_labels, purposes_for, recipients
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.ui.methods import FORM_METHODS
from privacy_portal.ground.ui.pages import form_page, other_parameters, page_of
from sharing.agreement_templates import filling, presenters, queries, starting
from sharing.agreement_templates.forms import FromTemplateForm
from sharing.agreement_templates.queries import TemplateReview
from sharing.agreement_templates.rules import OF_THE_AGREEMENT, variables_in
from sharing.agreement_templates.storing import text_of
from sharing.agreements import signing
from sharing.agreements.forms import Choices
from sharing.agreements.terms import LABELS, Words
from sharing.agreements.views import get_agreement, get_version, part_of
from sharing.models import AgreementVersion, TemplateVersion


@require_safe
@open_to(Action.SEE_AGREEMENTS)
def templates(request: HttpRequest) -> HttpResponseBase:
    """List the templates."""
    context = {"section": "agreements", "templates": queries.template_reviews()}
    return render(request, "sharing/agreement_templates/index.html", context)


@require_safe
@open_to(Action.SEE_AGREEMENTS)
def template(request: HttpRequest, code: str, number: int | None = None) -> HttpResponseBase:
    """Show a template, or one of its versions: what it says, what changed, and what was made from it."""
    review = _template(code)
    version = review.current if number is None else _version(review, number)
    text = text_of(version)
    words = Words({}, purpose_labels(), item_labels(), {})
    before = next((row for row in review.versions if row.number < version.number), None)
    variables = variables_in(text.terms.texts().values())
    page = page_of(request, queries.uses_of(review.template))
    context = {
        "section": "agreements",
        "review": review,
        "version": version,
        "text": text,
        "sections": presenters.sections_of(text, words),
        "open": presenters.left_open(text),
        "filled_in": {
            name: meaning for name, meaning in OF_THE_AGREEMENT.items() if name in variables
        },
        "before": before,
        "changes": presenters.changes_between(text_of(before), text, words) if before else [],
        "page": page,
        "query": other_parameters(request),
    }
    return render(request, "sharing/agreement_templates/template.html", context)


@require_http_methods(FORM_METHODS)
@open_to(change=Action.KEEP_AGREEMENTS)
def new(request: HttpRequest, code: str) -> HttpResponseBase:
    """Create an agreement from a template, as a draft."""
    review = _template(code)
    if review.template.withdrawn:
        raise Http404
    text = review.text
    form = FromTemplateForm(request.POST or None, text=text, choices=_choices(text.terms.audience))
    if request.method == "POST" and form.is_valid() and (draft := _start(request, code, form)):
        messages.success(
            request, "Draft created from the template. Check every term before it is signed."
        )
        return redirect("staff-agreement-version", draft.agreement_id, draft.number)
    context = {"section": "agreements", "review": review, "text": text, "form": form}
    return form_page(request, "sharing/agreement_templates/new.html", context)


@require_safe
@open_to(Action.SEE_AGREEMENTS)
def compare(request: HttpRequest, agreement_id: int, number: int) -> HttpResponseBase:
    """Show, term by term, how a version differs from the template it was made from: as that was then
    or, with `?with=now`, as it is now."""
    agreement = get_agreement(agreement_id)
    version = get_version(agreement, number)
    use = queries.use_of(version.row)
    if use is None:
        raise Http404
    used = use.template_version
    review = _template(used.template.code)
    has_changed = used.sha256 != review.current.sha256
    beside = review.current if has_changed and request.GET.get("with") == "now" else used
    terms = filling.compare(part_of(version), text_of(beside), filling.load_vocabulary())
    context = {
        "section": "agreements",
        "agreement": agreement,
        "version": version,
        "review": review,
        "used": used,
        "beside": beside,
        "has_changed": has_changed,
        "text": text_of(beside),
        "terms": terms,
        "states": presenters.STATES,
        "summary": presenters.summary_of(terms),
    }
    return render(request, "sharing/agreement_templates/compare.html", context)


def _start(request: HttpRequest, code: str, form: FromTemplateForm) -> AgreementVersion | None:
    """Create the agreement; None, with an error in the form, if the officer saw another text, if a term
    of one line is too long, or if the reference exists."""
    part = starting.first_terms(code, form.text, form.answers(), filling.load_vocabulary())
    if form.cleaned_data["seen"] != form.text.digest():
        form.add_error(
            None, "The template has changed since you opened this page. Check your answers."
        )
        data = request.POST.copy()
        data["seen"] = form.text.digest()
        form.data = data
    for name in filling.too_long(part):
        form.add_error(
            None,
            f"“{LABELS[name][1]}” would have more than {filling.LONGEST[name]} characters. "
            "Shorten your answers.",
        )
    if form.errors:
        return None
    try:
        return signing.start(part, by=staff_of(request), at=days.now())
    except NotNowError as error:
        form.add_error("reference", str(error))
    return None


def _template(code: str) -> TemplateReview:
    """Return the template with its versions; 2 queries. Raise Http404 if there is none."""
    reviews = queries.template_reviews(code)
    if not reviews:
        raise Http404
    return reviews[0]


def _version(review: TemplateReview, number: int) -> TemplateVersion:
    for version in review.versions:
        if version.number == number:
            return version
    raise Http404


def _choices(audience: str) -> Choices:
    return Choices(
        recipient=[(recipient.code, recipient.name) for recipient in recipients()],
        purposes=[(purpose.code, purpose.label) for purpose in purposes_for(audience)],
        items=[],
        schools=[],
    )
