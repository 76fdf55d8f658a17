"""Reads of people: who there are, who somebody may see, and whom the account of each belongs to."""

from collections.abc import Iterable
from datetime import date, datetime

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Max, Prefetch, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest

from consent.models import School, SchoolStaff
from privacy_portal.ground.accounts.access import Action, may
from privacy_portal.ground.accounts.models import AccountChange, RoleProposal, User
from privacy_portal.ground.accounts.roles import SCHOOL_ROLES, Role, in_order, values
from privacy_portal.ground.days import day_of
from privacy_portal.people import rules

Answer = RoleProposal.Answer


def person(user: User) -> rules.Person:
    """Return somebody as the rules of people know them; 1 query, none where schools are loaded."""
    return rules.Person(user.pk, frozenset(in_order(user.roles)), frozenset(schools_of_user(user)))


def schools_of_user(user: User) -> list[str]:
    """Return the URNs of the schools where somebody works, by the school's name; 1 query, none where
    they are loaded."""
    places = user.workplaces.all()
    return [place.school.urn for place in places]


def everyone() -> QuerySet[User]:
    """Return all accounts that are not erased, by name, with their schools and when each was last used; 2
    queries."""
    places = SchoolStaff.objects.select_related("school").order_by("school__name", "school__urn")
    return (
        User.objects.filter(erased_at=None)
        .select_related("connected_account")
        .prefetch_related(Prefetch("workplaces", places))
        .annotate(last_used=LAST_USED)
        .order_by("name", "pk")
    )


def people_for(reader: User) -> QuerySet[User]:
    """Return the accounts that somebody may see, by name, with their schools; 2 queries.

    A school's head of data sees who works at the same schools; others see everyone.
    """
    people = everyone()
    if set(reader.roles) - set(SCHOOL_ROLES):
        return people
    colleagues = SchoolStaff.objects.filter(school__staff__user=reader).values("user")
    own = Q(pk=reader.pk) | Q(pk__in=colleagues, roles__overlap=values(SCHOOL_ROLES))
    return people.filter(own)


# When somebody last signed in, was added or let in again: 90 days run from then.
LAST_USED = Greatest(
    Coalesce("last_login", "date_joined"),
    "date_joined",
    Coalesce(
        Max("account_changes__at", filter=Q(account_changes__kind="reactivated")), "date_joined"
    ),
)


def matching(
    people: QuerySet[User], *, words: str = "", role: str = "", school: str = "", standing: str = ""
) -> QuerySet[User]:
    """Return those of the people with the words in name or address, the role, the school (a URN), and the
    standing: `active`, `invited` (no password or single sign-on yet), `deactivated`, or `waiting` for a second person."""
    for word in words.split():
        people = people.filter(Q(name__icontains=word) | Q(email__icontains=word))
    if role:
        people = people.filter(roles__contains=[role])
    if school:
        people = people.filter(pk__in=SchoolStaff.objects.filter(school__urn=school).values("user"))
    # How Django marks that no password is set.
    unset = Q(password__startswith=UNUSABLE_PASSWORD_PREFIX, connected_account=None)
    match standing:
        case "active":
            return people.filter(is_active=True)
        case "invited":
            return people.filter(unset, is_active=True)
        case "deactivated":
            return people.filter(is_active=False)
        case "waiting":
            open_proposals = RoleProposal.objects.filter(answer=Answer.OPEN)
            return people.filter(pk__in=open_proposals.values("user"))
    return people


def open_proposals() -> QuerySet[RoleProposal]:
    """Return the proposals that nobody has answered, oldest first; 1 query."""
    proposals: QuerySet[RoleProposal] = RoleProposal.objects.filter(answer=Answer.OPEN)
    return proposals.select_related("user", "by").order_by("at", "pk")


def proposals_for(user: User) -> QuerySet[RoleProposal]:
    """Return the open proposals that this user can answer as second person; 1 query."""
    if not may(user, Action.AGREE_TO_ROLES):
        return RoleProposal.objects.none()
    return open_proposals().filter(user__is_active=True).exclude(Q(by=user) | Q(user=user))


def proposal_about(user: User) -> RoleProposal | None:
    """Return the open proposal about somebody, if there is one; 1 query."""
    return open_proposals().filter(user=user).first()


def history_of(user: User) -> QuerySet[AccountChange]:
    """Return what was done to an account, newest first; 1 query."""
    changes: QuerySet[AccountChange] = user.account_changes.select_related("by")
    return changes.order_by("-pk")


def school_names(changes: Iterable[AccountChange]) -> dict[str, str]:
    """Return the names of the schools that changes of an account speak of, by URN; 1 query."""
    urns = {urn for change in changes for urn in change.schools}
    return dict(School.objects.filter(urn__in=urns).values_list("urn", "name"))


def answered_proposals(user: User) -> QuerySet[RoleProposal]:
    """Return the roles that were proposed for somebody and agreed, declined or withdrawn, newest first; 1
    query."""
    answered = user.role_proposals.exclude(answer=Answer.OPEN)
    return answered.select_related("by", "answered_by").order_by("-pk")


def last_day_of(user: User) -> date:
    """Return the last day on which one of `people_for` can sign in before their account ends unused."""
    return rules.last_day(day_of(vars(user)["last_used"]))


def last_used(people: QuerySet[User]) -> Iterable[tuple[User, date]]:
    """Return active people with the day from which their 90 days run; 1 query."""
    for user in people.filter(is_active=True).annotate(last_used=LAST_USED):
        yield user, day_of(user.last_used)


def unused(*, at: datetime) -> list[User]:
    """Return who has not signed in for 90 days, without the administrator whom `rules.spared` keeps; 1
    query."""
    today = day_of(at)
    people = list(last_used(User.objects.all()))
    spared = rules.spared((user.pk, day) for user, day in people if user.holds(Role.ADMINISTRATOR))
    return [user for user, day in people if rules.is_unused(day, today) and user.pk != spared]


def to_warn(*, at: datetime) -> list[tuple[User, date]]:
    """Return who will be deactivated within 14 days unless they sign in, with their last day; 1 query."""
    today = day_of(at)
    people = last_used(User.objects.filter(roles__len__gt=0))
    return [(user, rules.last_day(day)) for user, day in people if rules.is_to_warn(day, today)]
