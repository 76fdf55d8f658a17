"""People who sign in: staff of schools and of the local authority."""

import uuid
from collections.abc import Collection
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from privacy_portal.ground.accounts.roles import (
    COUNCIL_ROLES,
    NOTICE_ROLES,
    OFFICER_ROLES,
    SCHOOL_ROLES,
    Role,
    in_order,
    values,
)

# In place of the name of an account that was erased.
NAME_ERASED = "Former member of staff"


class UserManager(BaseUserManager["User"]):
    """Creates users with a normalised e-mail address and a hashed password."""

    def create_user(
        self,
        *,
        email: str,
        name: str,
        roles: Collection[Role],
        password: str | None,
        heads_protected_records: bool = False,
    ) -> "User":
        user = self.model(
            email=self.normalize_email(email),
            name=name,
            roles=values(in_order(roles)),
            heads_protected_records=heads_protected_records,
        )
        user.set_password(password)
        user.save(using=self._db)
        return user

    def holding(self, role: Role) -> "models.QuerySet[User]":
        """Return who holds the role, by name, whether or not they still sign in."""
        return self.filter(roles__contains=[role.value]).order_by("name", "pk")

    def officers(self) -> "models.QuerySet[User]":
        """Return every council officer, by name, whether or not they still sign in."""
        return self.holding(Role.OFFICER)

    def notice_publishers(self) -> "models.QuerySet[User]":
        """Return who may publish notices and still signs in, by name."""
        return self.holding(Role.NOTICE_PUBLISHER).filter(is_active=True)

    def protected_records_officers(self) -> "models.QuerySet[User]":
        """Return officers with the role for protected records who still sign in, by name."""
        return self.holding(Role.PROTECTED_RECORDS_OFFICER).filter(is_active=True)


class User(AbstractBaseUser):
    """Somebody who signs in. `reference` names them in the log, which holds no names.

    `roles` say what they may do (`access`), in the order of `Role`; without one they can only sign in.
    `heads_protected_records` marks who leads the role for protected records, and hears of each look
    (P2). `daily_digest` says whether they want an email of their tasks each morning. `second_factor` says whether they have one: the database keeps it by their authenticators.
    An account that was erased (`erased_at`) keeps its reference alone, and nobody is let in by it again (R2).
    """

    email = models.EmailField("e-mail address", unique=True)
    name = models.CharField("full name", max_length=200)
    roles = ArrayField(
        models.CharField(max_length=30, choices=[(role.value, role.label) for role in Role]),
        default=list,
        db_default=[],
    )
    heads_protected_records = models.BooleanField(default=False, db_default=False)
    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    is_active = models.BooleanField(default=True)
    daily_digest = models.BooleanField(default=False, db_default=False)
    second_factor = models.BooleanField(default=False, db_default=False, editable=False)
    date_joined = models.DateTimeField(auto_now_add=True)
    erased_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name", "roles"]

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_any_case"),
            models.CheckConstraint(
                condition=Q(roles__contained_by=values(Role)), name="user_roles_known"
            ),
            models.CheckConstraint(
                condition=~Q(roles__overlap=values(SCHOOL_ROLES))
                | Q(roles__contained_by=values(SCHOOL_ROLES)),
                name="user_school_roles_alone",
            ),
            models.CheckConstraint(
                condition=~Q(roles__overlap=values(OFFICER_ROLES))
                | Q(roles__contains=[Role.OFFICER.value]),
                name="user_officer_roles_as_officer",
            ),
            models.CheckConstraint(
                condition=~Q(roles__contains=[Role.AUDITOR.value]) | Q(roles__len=1),
                name="user_auditor_alone",
            ),
            models.CheckConstraint(
                condition=~Q(roles__contains=[Role.ADMINISTRATOR.value])
                | Q(roles__contained_by=values([Role.ADMINISTRATOR, *NOTICE_ROLES])),
                name="user_administrator_without_pupils",
            ),
            models.CheckConstraint(
                condition=Q(heads_protected_records=False)
                | Q(roles__contains=[Role.PROTECTED_RECORDS_OFFICER.value]),
                name="user_heads_protected_records_with_role",
            ),
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(is_active=False, name=NAME_ERASED, last_login=None),
                name="user_erased_is_nobody",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def holds(self, role: Role) -> bool:
        """Return whether they hold the role."""
        return role in self.roles

    def has_way_in(self) -> bool:
        """Return whether they can prove who they are without a link by mail: by a password, or an account at
        the provider of single sign-on."""
        return self.has_usable_password() or hasattr(self, "connected_account")

    @property
    def is_officer(self) -> bool:
        return Role.OFFICER in self.roles

    @property
    def sees_every_school(self) -> bool:
        """Return whether pupils of all schools are shown to them; to school staff those of their own."""
        return any(role in self.roles for role in COUNCIL_ROLES)

    @property
    def looks_after_protected_records(self) -> bool:
        """Return whether they may see where a protected pupil lives (P2)."""
        return Role.PROTECTED_RECORDS_OFFICER in self.roles


class RoleProposal(models.Model):
    """Roles that one person asks for somebody else, and that count once a second person agrees.

    `roles` are all that the person would hold. `answer` is empty while it is open.
    """

    class Answer(models.TextChoices):
        OPEN = "", "Waiting"
        AGREED = "agreed", "Agreed"
        DECLINED = "declined", "Declined"
        WITHDRAWN = "withdrawn", "Withdrawn"

    user = models.ForeignKey(User, models.PROTECT, related_name="role_proposals")
    roles = ArrayField(
        models.CharField(max_length=30, choices=[(role.value, role.label) for role in Role])
    )
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    answer = models.CharField(
        max_length=10, choices=Answer.choices, blank=True, default="", db_default=""
    )
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(answer=""), name="role_proposal_one_open"
            ),
            models.CheckConstraint(
                condition=Q(answer="", answered_by=None, answered_at=None)
                | Q(
                    answer__in=["agreed", "declined", "withdrawn"],
                    answered_by__isnull=False,
                    answered_at__isnull=False,
                ),
                name="role_proposal_answered_by_somebody",
            ),
            models.CheckConstraint(condition=~Q(by=F("user")), name="role_proposal_of_another"),
            models.CheckConstraint(
                condition=~Q(answer="agreed")
                | (~Q(answered_by=F("by")) & ~Q(answered_by=F("user"))),
                name="role_proposal_agreed_by_a_second_person",
            ),
        ]

    def __str__(self) -> str:
        return f"role proposal {self.pk}"


class AccountChange(models.Model):
    """Something that was done to an account, as its page tells it; rows are only ever added.

    `roles` and `schools` (URNs) are those from then on. `by` is nobody for a command or a job.
    """

    class Kind(models.TextChoices):
        ADDED = "added", "Added"
        NAME = "name", "Name changed"
        ROLES = "roles", "Roles changed"
        SCHOOLS = "schools", "Schools changed"
        DEACTIVATED = "deactivated", "Deactivated"
        UNUSED = "unused", "Deactivated, not used for 90 days"
        REACTIVATED = "reactivated", "Reactivated"
        FACTORS_RESET = "factors-reset", "Second step reset"

    user = models.ForeignKey(User, models.PROTECT, related_name="account_changes")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    roles = ArrayField(models.CharField(max_length=30))
    schools = ArrayField(models.CharField(max_length=6))
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "added", "name", "roles", "schools", "deactivated", "unused", "reactivated",
                        "factors-reset",
                    ]
                ),
                name="account_change_kind_known",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"account change {self.pk}"


class KnownBrowser(models.Model):
    """A kind of browser with which somebody signed in before: a keyed hash of what it calls itself, without
    its version. Who signs in with another is told by mail."""

    user = models.ForeignKey(User, models.CASCADE, related_name="known_browsers")
    browser = models.CharField(max_length=64)
    last_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "browser"], name="known_browser_once")
        ]

    def __str__(self) -> str:
        return f"known browser {self.pk}"


class ConnectedAccount(models.Model):
    """An account at the council's provider of single sign-on, with which somebody signs in.

    It is known by its subject within a tenant of the provider, never by an email address, which others
    can be given. Without tenants `tenant` is the issuer.
    """

    user = models.OneToOneField(User, models.CASCADE, related_name="connected_account")
    issuer = models.CharField(max_length=500)
    tenant = models.CharField(max_length=500)
    subject = models.CharField(max_length=255)
    connected_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "tenant", "subject"], name="connected_account_of_one_person"
            ),
            models.CheckConstraint(
                condition=~Q(issuer="") & ~Q(tenant="") & ~Q(subject=""),
                name="connected_account_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"connected account {self.pk}"
