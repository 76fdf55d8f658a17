"""The daily email of tasks: what is overdue and due soon, in numbers, for those who want it.

Its numbers are those of the start page, which it is made from. It names nobody: what the start page lists one by
one is counted here by its heading.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.urls import reverse

from notices.queries import signature
from privacy_portal.cards import Task, When, grouped
from privacy_portal.ground import row_security
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.roles import SCHOOL_ROLES
from privacy_portal.ground.days import day_of
from privacy_portal.ground.mail.writing import Letter, address, write
from privacy_portal.start_page import cards_of


def send(*, at: datetime) -> int:
    """Write today's email to each person who wants it and has something overdue or due soon; return how many
    are new. Nobody gets a second one on the same day."""
    letters = [letter for user in _wanted_by() if (letter := _letter(user, at)) is not None]
    with transaction.atomic():
        return write(letters, at=at)


def numbers(tasks: Sequence[Task]) -> list[tuple[str, int]]:
    """Return how many things there are under each heading of a group, in its order."""
    totals: dict[str, int] = {}
    for task in tasks:
        totals[task.heading] = totals.get(task.heading, 0) + task.line.number
    return [(heading, number) for heading, number in totals.items() if number]


def _wanted_by() -> Sequence[User]:
    return list(User.objects.filter(daily_digest=True, is_active=True).order_by("pk"))


def _letter(user: User, at: datetime) -> Letter | None:
    groups = _tasks(user, at)
    overdue, soon = numbers(groups.get(When.OVERDUE, [])), numbers(groups.get(When.SOON, []))
    if not overdue and not soon:
        return None
    setting = address(reverse("account_digest"))
    return Letter(
        key=f"digest/{user.reference}/{day_of(at)}",
        to=user.email,
        template="digest/tasks",
        context={
            "name": user.name,
            "overdue": overdue,
            "soon": soon,
            "link": address(reverse("staff-home")),
            "setting": setting,
            **signature(),
        },
    )


def _tasks(user: User, at: datetime) -> dict[When, list[Task]]:
    """Return what the start page lists, with the database showing only what this person may see."""
    if user.sees_every_school:
        return grouped(cards_of(user, at=at))
    staff = user.pk if any(user.holds(role) for role in SCHOOL_ROLES) else None
    with row_security.kept_to_schools_of(staff):
        return grouped(cards_of(user, at=at))
