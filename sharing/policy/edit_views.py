"""Pages on which officers draft changes to the policy, and on which others answer them."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from notices.models import Audience
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.ui.methods import FORM_METHODS
from privacy_portal.ground.ui.pages import form_page, posted
from privacy_portal.ground.ui.refusals import not_now_to
from sharing.models import PolicyChange
from sharing.policy import changing, presenters, queries, things
from sharing.policy.changing import RefusedChangeError
from sharing.policy.forms import FORMS, SendBackForm, TakeAwayForm
from sharing.policy.thing_form import ThingForm
from sharing.policy.views import known
from sharing.policy_file.refusing import code_of
from sharing.policy_rules import ThingPart

Kind = PolicyChange.Kind
DRAFTED = "Draft saved. It applies once another approving officer puts it in force."
# Where a form calls a value otherwise than the policy file does.
_FIELDS: dict[str, dict[str, str]] = {
    Kind.ORGANISATION: {"kind": "type"},
    Kind.SCHEME: {"kind": "ground"},
}


@require_http_methods(FORM_METHODS)
@open_to(change=Action.DRAFT_POLICY)
@not_now_to("staff-policy-list", "kind")
def add(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Draft a new thing."""
    known(kind)
    if kind in things.ALONE or kind not in FORMS:
        raise Http404
    changing.check_can_draft(kind, "")
    return _drafted(request, kind, None, "sharing/policy/add.html")


@require_http_methods(FORM_METHODS)
@open_to(change=Action.DRAFT_POLICY)
@not_now_to("staff-policy-thing", "kind", "code")
def change(request: HttpRequest, kind: str, code: str) -> HttpResponseBase:
    """Draft a change to a thing."""
    known(kind)
    part = things.thing(kind, code)
    if kind not in FORMS or (part is None and (kind, code) != (Kind.COUNCIL, things.COUNCIL)):
        raise Http404
    changing.check_can_draft(kind, code)
    return _drafted(request, kind, part, "sharing/policy/change.html")


@require_http_methods(FORM_METHODS)
@open_to(change=Action.DRAFT_POLICY)
@not_now_to("staff-policy-thing", "kind", "code")
def take_away(request: HttpRequest, kind: str, code: str) -> HttpResponseBase:
    """Draft that a thing is taken away, which nothing names."""
    known(kind)
    part = things.thing(kind, code)
    if part is None or things.KINDS[kind].delete is None:
        raise Http404
    changing.check_can_draft(kind, code)
    if refusals := things.refused(kind, code, part, None, days.today()):
        raise RefusedChangeError(refusals)
    earlier = queries.earlier_draft(request.GET.get("again", ""), kind, code)
    if earlier is not None and earlier.wanted is not None:
        earlier = None
    form = TakeAwayForm(posted(request), initial={"reason": earlier.reason if earlier else ""})
    if form.is_valid():
        row = changing.draft(
            kind,
            code,
            None,
            reason=form.cleaned_data["reason"],
            by=staff_of(request),
            at=days.now(),
        )
        messages.success(request, DRAFTED)
        return redirect("staff-policy-draft", row.pk)
    return form_page(request, "sharing/policy/take_away.html", _context(kind, part, form))


@require_POST
@open_to(change=Action.PUT_IN_FORCE)
@not_now_to("staff-policy-draft", "number")
def put_in_force(request: HttpRequest, number: int) -> HttpResponseBase:
    """Put another officer's draft in force."""
    row = _change(number)
    changing.put_in_force(number, by=staff_of(request), at=days.now())
    messages.success(request, f"In force: {presenters.change_title(row)}")
    return redirect("staff-policy-draft", number)


@require_http_methods(FORM_METHODS)
@open_to(change=Action.PUT_IN_FORCE)
@not_now_to("staff-policy-draft", "number")
def send_back(request: HttpRequest, number: int) -> HttpResponseBase:
    """Send another officer's draft back, with what must be corrected."""
    row = _change(number)
    changing.check_can_answer(row, staff_of(request))
    form = SendBackForm(posted(request))
    if form.is_valid():
        note = form.cleaned_data["note"]
        changing.send_back(number, note=note, by=staff_of(request), at=days.now())
        messages.success(request, f"Sent back to {row.by.name}")
        return redirect("staff-policy-draft", number)
    context = {
        "section": "policy",
        "change": row,
        "title": presenters.change_title(row),
        "form": form,
    }
    return form_page(request, "sharing/policy/send_back.html", context)


@require_POST
@open_to(change=Action.DRAFT_POLICY)
@not_now_to("staff-policy-draft", "number")
def withdraw(request: HttpRequest, number: int) -> HttpResponseBase:
    """Withdraw a draft that nobody has answered."""
    _change(number)
    changing.withdraw(number, by=staff_of(request), at=days.now())
    messages.success(request, "Draft withdrawn")
    return redirect("staff-policy-draft", number)


def _drafted(
    request: HttpRequest, kind: str, part: ThingPart | None, template: str
) -> HttpResponseBase:
    """Show the form of a thing, and draft what was sent."""
    names = queries.names(Audience.PUPIL if kind == Kind.SCHEME else "")
    earlier = queries.earlier_draft(
        request.GET.get("again", ""), kind, code_of(part) if part else ""
    )
    if earlier is not None and earlier.wanted is None:
        earlier = None
    form = FORMS[kind](
        posted(request),
        part=part,
        names=names,
        again=things.from_json(kind, earlier.wanted) if earlier else None,
        reason=earlier.reason if earlier else "",
    )
    if form.is_valid():
        wanted = form.thing()
        code = code_of(wanted)
        try:
            if part is None and kind not in things.ALONE and things.thing(kind, code) is not None:
                form.add_error(
                    "code" if "code" in form.fields else "urn",
                    f"{code} is already used. Enter another",
                )
            else:
                row = changing.draft(
                    kind, code, wanted, reason=form.cleaned_data["reason"],
                    by=staff_of(request), at=days.now(),
                )  # fmt: skip
                messages.success(request, DRAFTED)
                return redirect("staff-policy-draft", row.pk)
        except RefusedChangeError as error:
            _tell(form, error)
        except NotNowError as error:
            form.add_error(None, str(error))
    return form_page(request, template, {**_context(kind, part, form), "earlier": earlier})


def _tell(form: ThingForm, error: RefusedChangeError) -> None:
    """Put each refusal beside the field that it is about."""
    for refusal in error.refusals:
        field = _FIELDS.get(form.kind, {}).get(refusal.field, refusal.field)
        form.add_error(field if field in form.fields else None, refusal.sentence)


def _context(kind: str, part: ThingPart | None, form: object) -> dict[str, object]:
    return {
        "section": "policy",
        "kind": kind,
        "kind_words": presenters.WORDS[kind],
        "alone": kind in things.ALONE,
        "part": part,
        "code": code_of(part) if part else kind,
        "title": presenters.title_of(part) if part else "",
        "form": form,
    }


def _change(number: int) -> PolicyChange:
    row = queries.changes().filter(pk=number).first()
    if row is None:
        raise Http404
    return row
