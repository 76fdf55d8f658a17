"""Pages about people: who can sign in, adding them, their roles and schools, deactivating them."""

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from consent.models import School
from consent.queries import schools, schools_of
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import MAY, Action, may
from privacy_portal.ground.accounts.models import RoleProposal, User
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.accounts.roles import BY_TWO_PEOPLE, SCHOOL_ROLES, Role, in_order
from privacy_portal.ground.errors import NotNowError, allowed
from privacy_portal.ground.ui.methods import FORM_METHODS
from privacy_portal.ground.ui.pages import form_page, other_parameters, page_of, posted
from privacy_portal.ground.ui.refusals import not_now_to
from privacy_portal.people import inviting, keeping, queries
from privacy_portal.people.forms import HINTS, NameForm, PersonForm, RolesForm
from privacy_portal.signing_in.single_sign_on import Purpose
from privacy_portal.signing_in.single_sign_on_views import leave

STANDINGS = [
    ("", "Everyone"),
    ("active", "Active"),
    ("invited", "Not set up yet"),
    ("waiting", "Waiting for a second person"),
    ("deactivated", "Deactivated"),
]


@require_safe
@open_to(Action.SEE_PEOPLE)
def people(request: HttpRequest) -> HttpResponseBase:
    """List who can sign in, with their roles, schools and last sign-in."""
    reader = staff_of(request)
    chosen = {
        name: request.GET.get(name, "").strip() for name in ("words", "role", "school", "standing")
    }
    everyone = queries.people_for(reader)
    roles = _roles_seen_by(reader)
    context = {
        "section": "people",
        "page": page_of(request, queries.matching(everyone, **chosen)),
        "query": other_parameters(request),
        "chosen": chosen,
        "filtered": any(chosen.values()),
        "roles": [("", "Any"), *((role.value, role.label) for role in roles)],
        "schools": [("", "Any"), *((school.urn, school.name) for school in _schools(reader))],
        "standings": [
            (name, text)
            for name, text in STANDINGS
            if name != "waiting" or set(roles) & set(BY_TWO_PEOPLE)
        ],
        "label_of": _label_of,
        "proposals": list(queries.proposals_for(reader)),
        "waiting": set(queries.open_proposals().values_list("user_id", flat=True)),
    }
    return render(request, "people/index.html", context)


@require_safe
@open_to(Action.SEE_PEOPLE)
def roles(request: HttpRequest) -> HttpResponseBase:
    """Show what each role is for and what it lets people do; to a school's head of data those of schools."""
    table = [
        (role, HINTS[role], [action for action in Action if role in MAY[action]])
        for role in _roles_seen_by(staff_of(request))
    ]
    context = {
        "section": "people", "table": table, "by_two_people": BY_TWO_PEOPLE, "at_schools": SCHOOL_ROLES,
    }  # fmt: skip
    return render(request, "people/roles.html", context)


@require_http_methods(FORM_METHODS)
@open_to(change=Action.KEEP_PEOPLE)
def add(request: HttpRequest) -> HttpResponseBase:
    """Add somebody."""
    keeper = staff_of(request)
    form = PersonForm(posted(request), keeper=queries.person(keeper), schools=_schools(keeper))
    if form.is_valid():
        try:
            user = keeping.add(**form.cleaned_data, by=keeper, at=days.now())
        except keeping.AddressTakenError as error:
            form.add_error("email", str(error))
        except NotNowError as error:
            form.add_error(None, str(error))
        else:
            waiting = queries.proposal_about(user)
            messages.success(request, _added(user, waiting is not None))
            return redirect("staff-person", user.reference)
    return form_page(request, "people/add.html", {"section": "people", "form": form})


@require_safe
@open_to(Action.SEE_PEOPLE)
def person(request: HttpRequest, reference: UUID) -> HttpResponseBase:
    """Show somebody's roles, schools and last sign-in, what was done to the account, and what can be."""
    reader, user = staff_of(request), _person(request, reference)
    keeps = may(reader, Action.KEEP_PEOPLE) and allowed(keeping.check_can_keep, user, reader)
    proposal = queries.proposal_about(user)
    can_answer = (
        proposal is not None
        and may(reader, Action.AGREE_TO_ROLES)
        and allowed(keeping.check_can_answer, proposal, reader)
    )
    history = list(queries.history_of(user)[:50])
    context = {
        "section": "people",
        "person": user,
        "own": user.pk == reader.pk,
        "label_of": _label_of,
        "keeps": keeps,
        "can_invite": keeps and allowed(inviting.check_can_invite, user),
        "link_unsent": not user.has_way_in() and inviting.is_unsent(user),
        "can_reset": keeps and allowed(keeping.check_can_reset_factors, user, reader),
        "can_deactivate": keeps and allowed(keeping.check_can_deactivate, user, reader),
        "proposal": proposal,
        "can_answer": can_answer,
        "history": history,
        "school_names": queries.school_names(history),
        "answered": queries.answered_proposals(user)[:50],
        "link_days": inviting.LINK_DAYS,
        "last_day": queries.last_day_of(user),
    }
    return render(request, "people/person.html", context)


@require_http_methods(FORM_METHODS)
@open_to(change=Action.KEEP_PEOPLE)
@not_now_to("staff-person", "reference")
def change_roles(request: HttpRequest, reference: UUID) -> HttpResponseBase:
    """Change somebody's roles and schools."""
    keeper, user = staff_of(request), _person(request, reference)
    keeping.check_can_change_roles(user, keeper)
    form = RolesForm(
        posted(request),
        keeper=queries.person(keeper),
        schools=_schools(keeper),
        initial={"roles": user.roles, "schools": queries.schools_of_user(user)},
    )
    if form.is_valid():
        data = form.cleaned_data
        proposal = keeping.change_roles(
            user, data["roles"], data["schools"], by=keeper, at=days.now()
        )
        waits = " The new roles hold once a second person agrees." if proposal else ""
        messages.success(request, f"Roles and schools saved.{waits}")
        return redirect("staff-person", reference)
    context = {"section": "people", "person": user, "form": form}
    return form_page(request, "people/change_roles.html", context)


@require_http_methods(FORM_METHODS)
@open_to(change=Action.KEEP_PEOPLE)
@not_now_to("staff-person", "reference")
def rename(request: HttpRequest, reference: UUID) -> HttpResponseBase:
    """Change somebody's name."""
    keeper, user = staff_of(request), _person(request, reference)
    keeping.check_can_keep(user, keeper)
    form = NameForm(posted(request), initial={"name": user.name})
    if form.is_valid():
        keeping.rename(user, form.cleaned_data["name"], by=keeper, at=days.now())
        messages.success(request, "Name changed")
        return redirect("staff-person", reference)
    return form_page(
        request, "people/name.html", {"section": "people", "person": user, "form": form}
    )


@require_http_methods(FORM_METHODS)
@open_to(change=Action.KEEP_PEOPLE)
@not_now_to("staff-person", "reference")
def deactivate(request: HttpRequest, reference: UUID) -> HttpResponseBase:
    """Ask whether to end somebody's access, and end it."""
    keeper, user = staff_of(request), _person(request, reference)
    keeping.check_can_deactivate(user, keeper)
    if request.method == "POST":
        keeping.deactivate(user, by=keeper, at=days.now())
        messages.success(request, f"{user.name} can no longer sign in")
        return redirect("staff-person", reference)
    return render(request, "people/deactivate.html", {"section": "people", "person": user})


@require_POST
@open_to(change=Action.KEEP_PEOPLE)
@not_now_to("staff-person", "reference")
def reactivate(request: HttpRequest, reference: UUID) -> HttpResponseBase:
    """Let somebody in again."""
    keeper, user = staff_of(request), _person(request, reference)
    waits = keeping.reactivate(user, by=keeper, at=days.now()) is not None
    user.refresh_from_db()
    messages.success(request, f"Account reactivated. {_told(user, waits)}")
    return redirect("staff-person", reference)


@require_POST
@open_to(change=Action.KEEP_PEOPLE)
@not_now_to("staff-person", "reference")
def send_link(request: HttpRequest, reference: UUID) -> HttpResponseBase:
    """Mail the link to set a password again."""
    keeper, user = staff_of(request), _person(request, reference)
    keeping.check_can_keep(user, keeper)
    inviting.invite_again(user, by=keeper, at=days.now())
    messages.success(request, f"Link sent to {user.email}")
    return redirect("staff-person", reference)


@require_POST
@open_to(change=Action.KEEP_PEOPLE)
@not_now_to("staff-person", "reference")
def lead(request: HttpRequest, reference: UUID) -> HttpResponseBase:
    """Say whether somebody leads on protected records."""
    keeper, user = staff_of(request), _person(request, reference)
    leads = request.POST.get("leads") == "yes"
    keeping.lead_protected_records(user, leads, by=keeper, at=days.now())
    messages.success(request, "Saved")
    return redirect("staff-person", reference)


@require_http_methods(FORM_METHODS)
@open_to(change=Action.KEEP_PEOPLE)
@not_now_to("staff-person", "reference")
def reset_factors(request: HttpRequest, reference: UUID) -> HttpResponseBase:
    """Ask whether to take the second factors of somebody away who lost their phone, and do it."""
    keeper, user = staff_of(request), _person(request, reference)
    keeping.check_can_reset_factors(user, keeper)
    if request.method == "POST":
        keeping.reset_factors(user, by=keeper, at=days.now(), seen=request.POST.get("seen", ""))
        messages.success(
            request, f"{user.name} will set up a new second step when they next sign in"
        )
        return redirect("staff-person", reference)
    context = {"section": "people", "person": user, "seen": keeping.factors_of(user)}
    return render(request, "people/reset_factors.html", context)


@require_http_methods(FORM_METHODS)
def welcome(request: HttpRequest, token: str) -> HttpResponseBase:
    """Lead whoever follows the link of the first mail to the page that sets their password; or ask how they
    want to sign in, and lead them on to the provider of single sign-on."""
    user = inviting.invited(token)
    if user is None:
        return render(request, "people/link_ended.html", status=410)
    if request.method == "POST":
        return leave(request, Purpose.SET_UP, user=user)
    path = inviting.password_path(user)
    if settings.SINGLE_SIGN_ON is None:
        return redirect(path)
    return render(request, "people/welcome.html", {"password_path": path})


@require_POST
@open_to(change=Action.KEEP_PEOPLE)
@not_now_to("staff-person", "reference")
def withdraw(request: HttpRequest, reference: UUID) -> HttpResponseBase:
    """Withdraw proposed roles."""
    keeping.withdraw(_proposal(request, reference), by=staff_of(request), at=days.now())
    messages.success(request, "Proposal withdrawn")
    return redirect("staff-person", reference)


@require_POST
@open_to(change=Action.AGREE_TO_ROLES)
@not_now_to("staff-person", "reference")
def answer(request: HttpRequest, reference: UUID) -> HttpResponseBase:
    """Agree to proposed roles as a second person, or decline them."""
    given = request.POST.get("answer")
    if given not in ("agree", "decline"):
        raise NotNowError("Select ‘Agree’ or ‘Decline’.")
    agrees = given == "agree"
    keeping.answer(
        _proposal(request, reference), agrees=agrees, by=staff_of(request), at=days.now()
    )
    messages.success(request, "Roles agreed" if agrees else "Roles declined")
    return redirect("staff-person", reference)


def _proposal(request: HttpRequest, reference: UUID) -> RoleProposal:
    """Return the proposal that the page showed. Raises NotNowError if it is open no more."""
    proposal = queries.proposal_about(_person(request, reference))
    if proposal is None or str(proposal.pk) != request.POST.get("proposal"):
        raise NotNowError("These roles have been answered or changed. Look again.")
    return proposal


def _person(request: HttpRequest, reference: UUID) -> User:
    """Return the person of the address, if the reader may see them; 404 otherwise."""
    return get_object_or_404(queries.people_for(staff_of(request)), reference=reference)


def _schools(reader: User) -> QuerySet[School]:
    """Return the schools that the reader chooses from: school staff their own, others all."""
    return schools_of(reader) if set(reader.roles) & set(SCHOOL_ROLES) else schools()


def _roles_seen_by(reader: User) -> Sequence[Role]:
    """Return the roles of those whom the reader can see: for school staff those of schools, for others
    all."""
    return SCHOOL_ROLES if set(reader.roles) & set(SCHOOL_ROLES) else tuple(Role)


def _label_of(role: str) -> str:
    return in_order([role])[0].label


def _added(user: User, waits: bool) -> str:
    return f"{user.name} added. {_told(user, waits)}"


def _told(user: User, waits: bool) -> str:
    """Return whether the link was mailed, or waits for a second person."""
    if user.roles:
        also = " Other roles hold once a second person agrees." if waits else ""
        return f"We have emailed a link to {user.email}.{also}"
    return f"We email a link to {user.email} once a second person agrees."
