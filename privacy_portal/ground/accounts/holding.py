"""Whether an account still counts, asked inside the transaction of what it does."""

from django.db import connection

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError


def check_still_active(user: User) -> None:
    """Raise NotNowError if the user was deactivated; if not, a deactivation waits from here on until the
    transaction ends.

    Belongs before the log entry of a long transaction: the head of the log is locked after accounts,
    never before. Whoever deactivated somebody knows that nothing of theirs comes after.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT is_active FROM accounts_user WHERE id = %s FOR SHARE", [user.pk])
        row = cursor.fetchone()
    if row is None or not row[0]:
        raise NotNowError("Your account was deactivated, so nothing was done.")
