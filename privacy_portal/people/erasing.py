"""Accounts of staff are erased some years after they were deactivated (R2): what is left is the reference by which
the log names somebody."""

from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction

from consent.models import SchoolStaff
from privacy_portal.ground.accounts.models import (
    NAME_ERASED,
    ConnectedAccount,
    KnownBrowser,
    User,
)
from privacy_portal.ground.keeping.erasing import Extent, What, erase, log_erasures
from sharing.auditing.verifying import KINDS
from sharing.keeping.accounts import RULE, accounts_past_time
from sharing.models import SavedFilter

# What hangs on an account and is deleted with it.
HANGING = (
    Authenticator, UserSession, EmailAddress, KnownBrowser, ConnectedAccount, SavedFilter, SchoolStaff,
)  # fmt: skip


def erase_due(*, at: datetime) -> int:
    """Erase the accounts whose keeping time is over, each in a transaction of its own; return how many."""
    return sum(
        _erase(number, at) for number in list(accounts_past_time(at).values_list("pk", flat=True))
    )


def _erase(number: int, at: datetime) -> bool:
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=number)
        if not accounts_past_time(at).filter(pk=number).exists():
            return False
        for model in HANGING:
            model._default_manager.filter(user=user).delete()  # noqa: SLF001
        user.name, user.email = NAME_ERASED, f"{user.reference}@erased.invalid"
        user.roles, user.heads_protected_records, user.daily_digest = [], False, False
        user.last_login, user.erased_at = None, at
        user.set_unusable_password()
        user.save()
        log_erasures(
            erase(
                What.ACCOUNT, str(user.reference), Extent(), rule=RULE, kinds=KINDS, by=None, at=at
            )
        )
    return True
