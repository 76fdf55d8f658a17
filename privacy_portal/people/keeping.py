"""People who sign in: added, given roles and schools, deactivated and let in again.

Each verb locks the account, writes what was done beside it and into the log, which names people by their
references only (L4, L6). Roles that need a second person wait until one agrees.
"""

from collections.abc import Collection
from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.urls import reverse

from consent.models import School, SchoolStaff
from consent.roll import desk as roll_desk
from notices.queries import signature
from privacy_portal.ground.accounts.access import MAY, Action
from privacy_portal.ground.accounts.models import (
    AccountChange,
    ConnectedAccount,
    RoleProposal,
    User,
)
from privacy_portal.ground.accounts.roles import BY_TWO_PEOPLE, SCHOOL_ROLES, Role, in_order, values
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.mail.writing import Letter, address, write
from privacy_portal.ground.row_security import beyond_own_schools
from privacy_portal.people import inviting, rules
from privacy_portal.people.queries import person, schools_of_user
from privacy_portal.signing_in import single_sign_on
from privacy_portal.signing_in.telling import tell
from sharing.releases import withdrawing
from sharing.statistics import desk as statistics_desk

Kind = AccountChange.Kind
Answer = RoleProposal.Answer


class AddressTakenError(NotNowError):
    """The email address belongs to an account."""

    def __init__(self, user: User):
        self.user = user
        ended = "" if user.is_active else ", which is deactivated. Reactivate it instead"
        super().__init__(f"There is an account with this email address already{ended}.")


def add(
    *,
    email: str,
    name: str,
    roles: Collection[Role],
    schools: Collection[str] = (),
    by: User | None,
    at: datetime,
) -> User:
    """Add somebody and mail them the link that sets their password.

    `schools` are URNs. Roles that need a second person are proposed, and the mail waits for the first
    role that holds. `by` is nobody for the command of who runs the server, which gives all roles.
    Raises AddressTakenError, and NotNowError with nothing stored for roles that `by` cannot give.
    """
    with transaction.atomic():
        if taken := User.objects.filter(email__iexact=email).first():
            raise AddressTakenError(taken)
        user = User.objects.create_user(email=email, name=name, roles=[], password=None)
        _set_schools(user, roles, schools)
        if by is not None:
            check_can_keep(user, by, wanted=roles, schools=schools)
        _note(Kind.ADDED, user, by=by, at=at)
        log.record("person-added", at=at, by=by, person=str(user.reference))
        _give(user, roles, by=by, at=at)
    return user


def check_can_keep(
    user: User, by: User, *, wanted: Collection[Role] = (), schools: Collection[str] | None = None
) -> None:
    """Raise NotNowError, with the reason, unless `by` may change this account, and give these roles at
    these schools."""
    keeper = person(by)
    if keeper.number == user.pk:
        raise NotNowError("You cannot change your own roles. Ask another administrator.")
    new = not user.roles and not user.role_proposals.exists()
    if Role.ADMINISTRATOR in keeper.roles:
        return
    if not set(wanted) <= set(rules.may_give(keeper)):
        raise NotNowError("You can only give the role ‘School staff’.")
    if not set(schools or ()) <= keeper.schools or not (
        new or rules.may_keep(keeper, person(user))
    ):
        raise NotNowError("You can only change staff who work at your own schools and no others.")


def check_can_change_roles(user: User, by: User) -> None:
    """Raise NotNowError, with the reason, unless `by` may ask for other roles of this person now."""
    check_can_keep(user, by)
    if not user.is_active:
        raise NotNowError("This account is deactivated. Reactivate it first.")


def change_roles(
    user: User,
    roles: Collection[Role],
    schools: Collection[str],
    *,
    by: User | None,
    at: datetime,
) -> RoleProposal | None:
    """Set the roles and schools of somebody; return the proposal where a second person must agree.

    What is taken away ends at once. An earlier proposal that is open is withdrawn. Raises NotNowError.
    """
    with transaction.atomic():
        user = _lock(user)
        if by is not None:
            check_can_change_roles(user, by)
            check_can_keep(user, by, wanted=roles, schools=schools)
        check_leaves_an_administrator(user, roles)
        _withdraw_open(user, by=by, at=at)
        before = schools_of_user(user)
        if set(schools) != set(before):
            _set_schools(user, roles, schools)
            with beyond_own_schools():
                roll_desk.withdraw_of(user, at=at)
            _note(Kind.SCHOOLS, user, by=by, at=at)
            log.record(
                "schools-changed", at=at, by=by, person=str(user.reference),
                schools=sorted(schools_of_user(user)),
            )  # fmt: skip
        held = in_order(user.roles)
        if by is not None:
            held = rules.kept_roles(held, person(by), before=before, schools=schools)
        return _give(user, roles, held=held, by=by, at=at)


def check_leaves_an_administrator(user: User, roles: Collection[Role]) -> None:
    """Raise NotNowError where nobody would be left who can let people in."""
    if Role.ADMINISTRATOR not in user.roles or Role.ADMINISTRATOR in roles:
        return
    others = User.objects.holding(Role.ADMINISTRATOR).filter(is_active=True).exclude(pk=user.pk)
    if not others.exists():
        raise NotNowError("This is the only administrator. Add another one first.")


def rename(user: User, name: str, *, by: User, at: datetime) -> None:
    """Change somebody's name. Raises NotNowError."""
    with transaction.atomic():
        user = _lock(user)
        check_can_keep(user, by)
        user.name = name
        user.save(update_fields=["name"])
        _note(Kind.NAME, user, by=by, at=at)
        log.record("person-renamed", at=at, by=by, person=str(user.reference))


def lead_protected_records(user: User, leads: bool, *, by: User, at: datetime) -> None:
    """Say whether somebody leads on protected records, and so hears of each look at one (P2). Raises
    NotNowError."""
    with transaction.atomic():
        user = _lock(user)
        check_can_keep(user, by)
        if leads and not user.looks_after_protected_records:
            raise NotNowError("Only a protected records officer can lead on protected records.")
        user.heads_protected_records = leads
        user.save(update_fields=["heads_protected_records"])
        _note(Kind.ROLES, user, by=by, at=at)
        log.record("protected-records-lead", at=at, by=by, person=str(user.reference), leads=leads)


def check_can_answer(proposal: RoleProposal, user: User) -> None:
    """Raise NotNowError, with the reason, unless the user may agree as a second person."""
    if proposal.answer != Answer.OPEN:
        raise NotNowError("This has already been answered.")
    if proposal.by_id == user.pk:
        raise NotNowError("You proposed these roles, so somebody else must agree.")
    if proposal.user_id == user.pk:
        raise NotNowError("These are your own roles, so somebody else must agree.")
    if not proposal.user.is_active:
        raise NotNowError("This account is deactivated.")


def answer(proposal: RoleProposal, *, agrees: bool, by: User, at: datetime) -> None:
    """Agree to proposed roles, which hold from now on, or decline them. Raises NotNowError."""
    with transaction.atomic():
        user = _lock(proposal.user)
        proposal = RoleProposal.objects.select_for_update(of=("self",)).get(pk=proposal.pk)
        check_can_answer(proposal, by)
        _answer(proposal, Answer.AGREED if agrees else Answer.DECLINED, by=by, at=at)
        if agrees:
            _set_roles(user, in_order(proposal.roles), by=proposal.by, agreed_by=by, at=at)
        else:
            _tell_of_declined(proposal, user, by=by, at=at)


def withdraw(proposal: RoleProposal, *, by: User, at: datetime) -> None:
    """Withdraw a proposal that nobody has answered. Raises NotNowError."""
    with transaction.atomic():
        user = _lock(proposal.user)
        check_can_keep(user, by)
        if not _withdraw_open(user, by=by, at=at):
            raise NotNowError("This has already been answered.")


def check_can_deactivate(user: User, by: User) -> None:
    """Raise NotNowError, with the reason, unless `by` may end this account now."""
    check_can_keep(user, by)
    if not user.is_active:
        raise NotNowError("This account is already deactivated.")
    check_leaves_an_administrator(user, ())


def deactivate(user: User, *, by: User | None, at: datetime, unused: bool = False) -> None:
    """End somebody's access at once: sessions, links, second factors, files that have not left, proposals.

    `unused` is said where nobody decided it but 90 days went by. Raises NotNowError.
    """
    with transaction.atomic():
        user = _lock(user)
        if by is not None:
            check_can_deactivate(user, by)
        elif not user.is_active:
            raise NotNowError("This account is already deactivated.")
        else:
            check_leaves_an_administrator(user, ())
        user.is_active = False
        # Another hash: no session and no link from before works, even once they are let in again.
        user.set_unusable_password()
        user.save(update_fields=["is_active", "password"])
        Authenticator.objects.filter(user=user).delete()
        single_sign_on.forget(user)
        _withdraw_open(user, by=by or user, at=at)
        _note(Kind.UNUSED if unused else Kind.DEACTIVATED, user, by=by, at=at)
        with beyond_own_schools():
            files = withdrawing.withdraw_of(user, at=at)
            statistics_desk.withdraw_of(user)
            roll_desk.withdraw_of(user, at=at)
        log.record("person-deactivated", at=at, by=by, person=str(user.reference), unused=unused)
    withdrawing.forget(files)


def reactivate(user: User, *, by: User | None, at: datetime) -> RoleProposal | None:
    """Let somebody in again, with a new link by mail; roles that need a second person are proposed anew.
    Raises NotNowError."""
    with transaction.atomic():
        user = _lock(user)
        if by is not None:
            check_can_keep(user, by)
        if user.is_active:
            raise NotNowError("This account is active.")
        if user.erased_at is not None:
            raise NotNowError("This account has been erased. Add the person again.")
        wanted = in_order(user.roles)
        user.is_active = True
        user.roles = []
        user.save(update_fields=["is_active", "roles", *_without_lead(user)])
        _note(Kind.REACTIVATED, user, by=by, at=at)
        log.record("person-reactivated", at=at, by=by, person=str(user.reference))
        return _give(user, wanted, by=by, at=at)


def check_can_reset_factors(user: User, by: User) -> None:
    """Raise NotNowError, with the reason, unless `by` may take somebody's second factors away now."""
    check_can_keep(user, by)
    if not user.second_factor and not hasattr(user, "connected_account"):
        raise NotNowError("They have no second step. They set one up when they sign in.")


def factors_of(user: User) -> str:
    """Return which second factors and single sign-on somebody has, so that a page that asked about others
    is told from this; 2 queries."""
    numbers = Authenticator.objects.filter(user=user).order_by("pk").values_list("pk", flat=True)
    account = ConnectedAccount.objects.filter(user=user).values_list("pk", flat=True)
    return "/".join(",".join(map(str, pks)) for pks in (numbers, account))


def reset_factors(user: User, *, by: User, at: datetime, seen: str | None = None) -> None:
    """Take the second factors of somebody away who lost them, and their single sign-on, by which there may
    be a second step too: they set up a new one when they next sign in, with their password. Who has none
    is sent the link again. All their sessions end, and they are told by mail. Raises NotNowError, also
    where they have others by now than were `seen` when it was asked."""
    with transaction.atomic():
        user = _lock(user)
        check_can_reset_factors(user, by)
        if seen is not None and seen != factors_of(user):
            raise NotNowError(
                "Their second step has changed since you opened this page. Look again."
            )
        Authenticator.objects.filter(user=user).delete()
        for session in UserSession.objects.filter(user=user):
            session.end()
        was_connected = single_sign_on.forget(user)
        also = ", and single sign-on disconnected" if was_connected else ""
        words = f"your second step was reset by an administrator{also}"
        _note(Kind.FACTORS_RESET, user, by=by, at=at)
        tell("factors-reset", words, user, at=at, by=by)
        if was_connected and user.roles and not user.has_usable_password():
            inviting.invite(user, at=at)


def could_agree_before(user: User) -> bool:
    """Return whether anybody but this user can, or could ever, agree to roles; 2 queries."""
    roles = values(in_order(MAY[Action.AGREE_TO_ROLES]))
    now = User.objects.filter(roles__overlap=roles).exclude(pk=user.pk)
    once = AccountChange.objects.filter(roles__overlap=roles).exclude(user=user)
    return now.exists() or once.exists()


def _lock(user: User) -> User:
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _give(
    user: User,
    wanted: Collection[Role],
    *,
    held: Collection[Role] = (),
    by: User | None,
    at: datetime,
) -> RoleProposal | None:
    """Set the roles that hold at once, propose the others, and return the proposal if there is one; `held`
    need nobody's agreement any more."""
    by_two = rules.by_two_people(person(by)) if by else ()
    if (
        by is None
        or not rules.needs_second_person(held, wanted, by_two)
        or _is_first_colleague(by, wanted)
    ):
        _set_roles(user, in_order(wanted), by=by, agreed_by=None, at=at)
        return None
    _set_roles(user, rules.roles_at_once(held, wanted, by_two), by=by, agreed_by=None, at=at)
    proposal = RoleProposal.objects.create(user=user, roles=values(in_order(wanted)), by=by, at=at)
    log.record(
        "roles-proposed", at=at, by=by, person=str(user.reference), proposal=proposal.pk,
        roles=proposal.roles,
    )  # fmt: skip
    return proposal


def _is_first_colleague(by: User, wanted: Collection[Role]) -> bool:
    """Return whether the first administrator names a second one: the only thing that nobody else has to
    agree to, since nobody else ever could."""
    return set(wanted) & {*SCHOOL_ROLES, *BY_TWO_PEOPLE} == {
        Role.ADMINISTRATOR
    } and not could_agree_before(by)


def _set_roles(
    user: User, roles: Collection[Role], *, by: User | None, agreed_by: User | None, at: datetime
) -> None:
    """Store the roles if they are others, and mail the link once somebody has a role and no way in yet."""
    if values(in_order(roles)) != user.roles:
        user.roles = values(in_order(roles))
        user.save(update_fields=["roles", *_without_lead(user)])
        _note(Kind.ROLES, user, by=by, at=at)
        log.record(
            "roles-changed", at=at, by=by, person=str(user.reference), roles=user.roles,
            agreed_by=str(agreed_by.reference) if agreed_by else None,
        )  # fmt: skip
    if user.roles and not user.has_way_in():
        inviting.invite(user, at=at)


def _without_lead(user: User) -> list[str]:
    """Take from somebody without the role that they lead it; return the field to store, if it changed."""
    if user.heads_protected_records and not user.looks_after_protected_records:
        user.heads_protected_records = False
        return ["heads_protected_records"]
    return []


def _set_schools(user: User, roles: Collection[Role], schools: Collection[str]) -> None:
    """Store where somebody works. Raises NotNowError where that does not fit the roles, or is unknown."""
    if fault := rules.fault_in_roles(roles) or rules.fault_in_schools(roles, schools):
        raise NotNowError(f"{fault}.")
    rows = list(School.objects.filter(urn__in=schools))
    if unknown := sorted(set(schools) - {row.urn for row in rows}):
        raise NotNowError(f"No school has the URN {', '.join(unknown)}.")
    SchoolStaff.objects.filter(user=user).exclude(school__in=rows).delete()
    SchoolStaff.objects.bulk_create(
        (SchoolStaff(user=user, school=row) for row in rows), ignore_conflicts=True
    )


def _withdraw_open(user: User, *, by: User | None, at: datetime) -> bool:
    """Withdraw the proposal about somebody that nobody has answered, if there is one."""
    proposal = user.role_proposals.filter(answer=Answer.OPEN).select_for_update().first()
    if proposal is None:
        return False
    _answer(proposal, Answer.WITHDRAWN, by=by or proposal.by, at=at)
    return True


def _answer(proposal: RoleProposal, given: RoleProposal.Answer, *, by: User, at: datetime) -> None:
    proposal.answer, proposal.answered_by, proposal.answered_at = given, by, at
    proposal.save(update_fields=["answer", "answered_by", "answered_at"])
    log.record(
        f"roles-{given}", at=at, by=by, person=str(proposal.user.reference), proposal=proposal.pk
    )


def _tell_of_declined(proposal: RoleProposal, user: User, *, by: User, at: datetime) -> None:
    """Mail whoever proposed roles that a second person declined them, unless they no longer sign in."""
    if not proposal.by.is_active:
        return
    letter = Letter(
        key=f"roles-declined/{proposal.pk}",
        to=proposal.by.email,
        template="people/declined",
        context={
            "name": proposal.by.name,
            "person": user.name,
            "second": by.name,
            "at": at,
            "link": address(reverse("staff-person", args=[user.reference])),
            **signature(),
        },
    )
    write([letter], at=at)


def _note(kind: AccountChange.Kind, user: User, *, by: User | None, at: datetime) -> None:
    AccountChange.objects.create(
        user=user, kind=kind, roles=user.roles, schools=sorted(schools_of_user(user)), by=by, at=at
    )
