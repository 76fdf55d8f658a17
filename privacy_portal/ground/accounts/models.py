"""People who sign in: staff of schools and officers of the local authority."""

import uuid
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


class Role(models.TextChoices):
    """What a member of staff may do."""

    SCHOOL_STAFF = "school-staff", "School staff"
    OFFICER = "officer", "Council officer"


class UserManager(BaseUserManager["User"]):
    """Creates users with a normalised e-mail address and a hashed password."""

    def create_user(
        self,
        *,
        email: str,
        name: str,
        role: Role,
        password: str | None,
        edits_notices: bool = False,
        protected_records: bool = False,
        heads_protected_records: bool = False,
    ) -> "User":
        email = self.normalize_email(email)
        user = self.model(
            email=email,
            name=name,
            role=role,
            edits_notices=edits_notices,
            protected_records=protected_records,
            heads_protected_records=heads_protected_records,
        )
        user.set_password(password)
        user.save(using=self._db)
        return user

    def officers(self) -> "models.QuerySet[User]":
        """Return every council officer, by name, whether or not they still sign in."""
        return self.filter(role=Role.OFFICER).order_by("name", "pk")

    def notice_editors(self) -> "models.QuerySet[User]":
        """Return officers with the notice role who still sign in, by name."""
        return self.officers().filter(edits_notices=True, is_active=True)

    def protected_records_officers(self) -> "models.QuerySet[User]":
        """Return officers with the role for protected records who still sign in, by name."""
        return self.officers().filter(protected_records=True, is_active=True)


class User(AbstractBaseUser):
    """A member of staff. `reference` names them in the log, which holds no names.

    `edits_notices` is the notice role: this officer drafts and publishes notices.
    `protected_records` is the role for protected records: this officer may see where a protected
    pupil lives (P2); `heads_protected_records` marks who leads the role, and hears of each look.
    """

    email = models.EmailField("e-mail address", unique=True)
    name = models.CharField("full name", max_length=200)
    role = models.CharField(max_length=20, choices=Role.choices)
    edits_notices = models.BooleanField(default=False, db_default=False)
    protected_records = models.BooleanField(default=False, db_default=False)
    heads_protected_records = models.BooleanField(default=False, db_default=False)
    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name", "role"]

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_any_case"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="user_role_known"),
            models.CheckConstraint(
                condition=Q(edits_notices=False) | Q(role=Role.OFFICER),
                name="user_edits_notices_as_officer",
            ),
            models.CheckConstraint(
                condition=Q(protected_records=False) | Q(role=Role.OFFICER),
                name="user_protected_records_as_officer",
            ),
            models.CheckConstraint(
                condition=Q(heads_protected_records=False) | Q(protected_records=True),
                name="user_heads_protected_records_with_role",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_officer(self) -> bool:
        return self.role == Role.OFFICER
