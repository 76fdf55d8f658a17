"""The roles of people who sign in, and which of them go together."""

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    """What somebody is to the portal; what each role may do is in `access`."""

    SCHOOL_STAFF = "school-staff"
    SCHOOL_HEAD_OF_DATA = "school-head-of-data"
    NOTICE_EDITOR = "notice-editor"
    NOTICE_PUBLISHER = "notice-publisher"
    OFFICER = "officer"
    APPROVING_OFFICER = "approving-officer"
    PROTECTED_RECORDS_OFFICER = "protected-records-officer"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"

    @property
    def label(self) -> str:
        """Return the role as people read it."""
        return (
            self.value.replace("-", " ").capitalize() if self != Role.OFFICER else "Council officer"
        )


# Who works at a school, and sees the pupils of that school alone.
SCHOOL_ROLES = (Role.SCHOOL_STAFF, Role.SCHOOL_HEAD_OF_DATA)
# Who works with privacy notices: no page of theirs has a pupil on it.
NOTICE_ROLES = (Role.NOTICE_EDITOR, Role.NOTICE_PUBLISHER)
# Who sees the pupils of every school.
COUNCIL_ROLES = (Role.OFFICER, Role.AUDITOR)
# What an officer may hold besides, and nobody else.
OFFICER_ROLES = (Role.APPROVING_OFFICER, Role.PROTECTED_RECORDS_OFFICER)
# Given by two people: who sees pupils of all schools, publishes, or gives roles to others.
BY_TWO_PEOPLE = tuple(
    role for role in Role if role not in SCHOOL_ROLES and role is not Role.NOTICE_EDITOR
)


def in_order(roles: Iterable[Role | str]) -> list[Role]:
    """Return the roles without repeats, in the order in which they are always stored and shown."""
    held = {Role(role) for role in roles}
    return [role for role in Role if role in held]


def values(roles: Iterable[Role]) -> list[str]:
    """Return the roles as the database holds them."""
    return [role.value for role in roles]
