"""Sign-off of disclosures by another officer."""

from datetime import datetime

from django.db import IntegrityError, transaction

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.appending import record
from sharing.models import Disclosure, SignOff


def check_can_sign_off(disclosure: Disclosure, user: User) -> None:
    """Raise NotNowError, with the reason, unless the user may sign it off now."""
    if hasattr(disclosure, "sign_off"):
        raise NotNowError("This is already signed off.")
    if disclosure.by_id == user.pk:
        raise NotNowError("You made this entry, so another officer must sign it off.")


def sign_off(disclosure: Disclosure, *, note: str, by: User, at: datetime) -> SignOff:
    """Record the sign-off of another officer. Raise NotNowError if they may not."""
    check_can_sign_off(disclosure, by)
    try:
        with transaction.atomic():
            sign_off = SignOff.objects.create(disclosure=disclosure, note=note, by=by, at=at)
            record("disclosure-signed-off", at=at, by=by, disclosure=disclosure.pk)
    except IntegrityError as error:
        raise NotNowError("This is already signed off.") from error
    return sign_off
