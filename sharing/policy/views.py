"""Pages about the policy: what it holds, a thing with its history, and what was drafted about it."""

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from notices.policy_file.format import RecipientPart
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action, may
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.errors import allowed
from privacy_portal.ground.ui.pages import other_parameters, page_of
from sharing.agreements.queries import AgreementReview, ended_by_closing
from sharing.models import PolicyAnswer, PolicyChange
from sharing.policy import changing, presenters, queries, things
from sharing.policy.forms import FORMS
from sharing.policy_file.naming import naming_of
from sharing.policy_file.refusing import code_of
from sharing.policy_rules import ThingPart

Kind = PolicyChange.Kind
HISTORY_ON_PAGE = 50


@require_safe
@open_to(Action.SEE_POLICY)
def policy(request: HttpRequest) -> HttpResponseBase:
    """Show what the policy holds, and what waits for whom."""
    user = staff_of(request)
    council = things.thing(Kind.COUNCIL, things.COUNCIL)
    context = {
        "section": "policy",
        "council_part": council,
        "kinds": [
            (kind, presenters.WORDS[kind], len(things.all_of(kind)))
            for kind in things.KINDS
            if kind not in things.ALONE
        ],
        "alone": [(kind, presenters.WORDS[kind][2]) for kind in things.ALONE],
        "waiting": queries.open_changes().count(),
        "mine": list(queries.changes().filter(by=user)[:10]),
        "about": presenters,
    }
    return render(request, "sharing/policy/index.html", context)


@require_safe
@open_to(Action.SEE_POLICY)
def listed(request: HttpRequest, kind: str) -> HttpResponseBase:
    """List the things of a kind; what is alone has no list."""
    known(kind)
    if kind in things.ALONE:
        return redirect("staff-policy-thing", kind, kind)
    words = request.GET.get("words", "").strip()
    everything = things.all_of(kind)
    matching = [part for part in everything if words.casefold() in _searched(part)]
    page = page_of(request, matching)
    context = {
        "section": "policy",
        "kind": kind,
        "kind_words": presenters.WORDS[kind],
        "page": page,
        "query": other_parameters(request),
        "words": words,
        "total": len(everything),
        "here": kind != Kind.ASSURANCE,
        "drafted": queries.codes_with_open_change(kind),
        "code_of": code_of,
        "about": presenters,
    }
    return render(request, "sharing/policy/list.html", context)


@require_safe
@open_to(Action.SEE_POLICY)
def thing(request: HttpRequest, kind: str, code: str) -> HttpResponseBase:
    """Show a thing as it is, what names it, and everything that was drafted about it."""
    known(kind)
    part = things.thing(kind, code)
    history = list(queries.history_of(kind, code)[:HISTORY_ON_PAGE])
    if part is None and not history and kind != Kind.COUNCIL:
        raise Http404
    # The database shows choices and pupils to those alone who see every school.
    naming = naming_of(kind, code) if staff_of(request).sees_every_school else None
    change = queries.open_change(kind, code)
    context = {
        "section": "policy",
        "kind": kind,
        "kind_words": presenters.WORDS[kind],
        "code": code,
        "part": part,
        "title": _title(kind, part, history),
        "lines": presenters.lines_of(kind, None, part, queries.names()) if part else [],
        "alone": kind in things.ALONE,
        "naming": naming,
        "named": [*naming.bound, *naming.other] if naming else [],
        "change": change,
        "can_draft": change is None and kind != Kind.ASSURANCE,
        "can_take_away": change is None
        and part is not None
        and things.KINDS[kind].delete is not None
        and naming is not None
        and not (naming.bound or naming.other),
        "history": history,
        "about": presenters,
    }
    return render(request, "sharing/policy/thing.html", context)


@require_safe
@open_to(Action.SEE_POLICY)
def drafts(request: HttpRequest) -> HttpResponseBase:
    """List the changes that were drafted, newest first, by what became of them."""
    statuses = [
        ("", "Any"),
        ("open", "Waiting for a second officer"),
        ("to-check", "For you to check"),
        ("to-correct", "Sent back to you"),
    ]
    statuses += [(kind.value, presenters.STATUSES[kind][0]) for kind in PolicyAnswer.Kind]
    chosen = {"status": request.GET.get("status", ""), "kind": request.GET.get("kind", "")}
    context = {
        "section": "policy",
        "page": page_of(request, queries.matching(staff_of(request), **chosen)),
        "query": other_parameters(request),
        "chosen": chosen,
        "filtered": any(chosen.values()),
        "statuses": statuses,
        "kinds": [("", "Any"), *((kind, words[2]) for kind, words in presenters.WORDS.items())],
        "about": presenters,
    }
    return render(request, "sharing/policy/drafts.html", context)


@require_safe
@open_to(Action.SEE_POLICY)
def draft(request: HttpRequest, number: int) -> HttpResponseBase:
    """Show a change, old and new values side by side, and what became of it."""
    return render(request, "sharing/policy/draft.html", draft_context(request, number))


def draft_context(request: HttpRequest, number: int) -> dict[str, object]:
    """Return what the page about a change shows, for whoever looks at it."""
    change = get_object_or_404(queries.changes(), pk=number)
    user = staff_of(request)
    answer = getattr(change, "answer", None)
    before = things.from_json(change.kind, change.before)
    wanted = things.from_json(change.kind, change.wanted)
    refusals = (
        []
        if answer
        else things.refused(
            change.kind, change.code, things.thing(change.kind, change.code), wanted, days.today()
        )
    )
    return {
        "section": "policy",
        "change": change,
        "title": presenters.change_title(change),
        "kind_words": presenters.WORDS[change.kind],
        "answer": answer,
        "lines": presenters.lines_of(change.kind, before, wanted, queries.names()),
        "refusals": refusals,
        "can_answer": may(user, Action.PUT_IN_FORCE)
        and allowed(changing.check_can_answer, change, user),
        "can_withdraw": answer is None and may(user, Action.DRAFT_POLICY),
        "own": change.by_id == user.pk,
        "again": _address_to_draft_again(change, answer, wanted),
        "ending": _agreements_ended_by(change, before, wanted),
        "about": presenters,
    }


def _address_to_draft_again(
    change: PolicyChange, answer: PolicyAnswer | None, wanted: ThingPart | None
) -> str:
    """Return the address of the form that begins with a draft that was sent back or withdrawn; empty where
    it cannot be drafted again now."""
    if answer is None or change.kind not in FORMS:
        return ""
    if queries.earlier_draft(str(change.pk), change.kind, change.code) is None:
        return ""
    exists = things.thing(change.kind, change.code) is not None
    if wanted is None:
        name = "staff-policy-take-away" if exists else ""
    else:
        name = (
            "staff-policy-change" if exists or change.kind in things.ALONE else "staff-policy-add"
        )
    if not name:
        return ""
    arguments = [change.kind] if name == "staff-policy-add" else [change.kind, change.code]
    return f"{reverse(name, args=arguments)}?again={change.pk}"


def _agreements_ended_by(
    change: PolicyChange, before: ThingPart | None, wanted: ThingPart | None
) -> list[AgreementReview]:
    """Return the agreements under which nothing can be shared any more once the change closes their
    organisation."""
    closed = wanted.closed if isinstance(wanted, RecipientPart) else None
    if closed is None or (isinstance(before, RecipientPart) and before.closed == closed):
        return []
    return ended_by_closing(change.code, closed, days.today())


def known(kind: str) -> None:
    """Raise Http404 unless there are things of this kind."""
    if kind not in things.KINDS:
        raise Http404


def _searched(part: ThingPart) -> str:
    headings = getattr(part, "headings", [])
    return " ".join([presenters.title_of(part), code_of(part), *headings]).casefold()


def _title(kind: str, part: ThingPart | None, history: list[PolicyChange]) -> str:
    if kind in things.ALONE:
        return presenters.WORDS[kind][2]
    if part is not None:
        return presenters.title_of(part)
    return presenters.title_in(history[0].wanted or history[0].before)
