"""Users by their role, and files to hand in."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from factory.declarations import LazyAttribute, Sequence
from factory.django import DjangoModelFactory

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.roles import Role


class UserFactory(DjangoModelFactory[User]):
    """Create an officer of the council who may approve, and can sign in with the password "x"."""

    class Meta:
        model = User

    email = Sequence(lambda number: f"user{number}@example.org")
    name = LazyAttribute(lambda user: user.email.split("@")[0])
    roles: tuple[Role, ...] = (Role.OFFICER, Role.APPROVING_OFFICER)
    password = "x"

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **fields: Any) -> User:
        user = User.objects.create_user(**fields)
        # As if they had connected an app: most tests are not about signing in.
        user.second_factor = True
        user.save(update_fields=["second_factor"])
        return user


class OfficerFactory(UserFactory):
    """Create an officer of the council."""


class EditorFactory(UserFactory):
    """Create an officer who writes and publishes notices."""

    roles = (
        Role.OFFICER, Role.APPROVING_OFFICER, Role.NOTICE_EDITOR, Role.NOTICE_PUBLISHER,
    )  # fmt: skip


class ProtectedRecordsOfficerFactory(UserFactory):
    """Create an officer with the role for protected records."""

    roles = (Role.OFFICER, Role.APPROVING_OFFICER, Role.PROTECTED_RECORDS_OFFICER)


class SchoolStaffFactory(UserFactory):
    """Create a member of school staff, who works at `school` if one is given."""

    roles = (Role.SCHOOL_STAFF,)

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **fields: Any) -> User:
        school = fields.pop("school", None)
        user = super()._create(model_class, *args, **fields)
        if school is not None:
            user.workplaces.create(school=school)
        return user


@contextmanager
def file_of(content: str | bytes, name: str) -> Iterator[Path]:
    """Write a file of this name and content (text is UTF-8), gone afterwards."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        yield path
