"""Review of disclosures: another officer looks at one and signs it off."""

from datetime import datetime

from django.db import IntegrityError, transaction

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log import appending as log
from sharing.models import Disclosure, SignOff


def check_can_sign_off(disclosure: Disclosure, user: User) -> None:
    """Raises NotNowError, with the reason, unless the user may sign it off now."""
    if hasattr(disclosure, "sign_off"):
        raise NotNowError("This is signed off already.")
    if disclosure.by_id == user.pk:
        raise NotNowError("You did this yourself, so another officer must sign it off.")


def sign_off(disclosure: Disclosure, *, note: str, by: User, at: datetime) -> SignOff:
    """Records that another officer looked at it. Raises NotNowError where it does not fit."""
    check_can_sign_off(disclosure, by)
    try:
        with transaction.atomic():
            made = SignOff.objects.create(disclosure=disclosure, note=note, by=by, at=at)
            log.record("disclosure-signed-off", at=at, by=by, disclosure=disclosure.pk)
    except IntegrityError as error:
        raise NotNowError("This is signed off already.") from error
    return made
