"""Two people stand between a wish and a file: who sets up an agreement releases nothing under it.

The database knows who wrote the terms of each version, had it signed or lifted its suspension; what a
policy file brought was set up by nobody who signs in.
"""

from datetime import date

from privacy_portal.ground.accounts.models import User
from sharing.deciding.policy import version_on
from sharing.errors import OwnAgreementError
from sharing.models import AgreementEvent

Kind = AgreementEvent.Kind
# What makes a version what releases go by.
SETTING_UP = (Kind.DRAFTED, Kind.CHANGED, Kind.SIGNED, Kind.LIFTED)


def check_may_release_under(reference: str, on: date, user: User) -> None:
    """Raise OwnAgreementError if the user set up the version of the agreement that applies on the day; 1
    query, and those of `version_on` where they set up any."""
    events = AgreementEvent.objects.filter(
        agreement__reference=reference, kind__in=SETTING_UP, by=user
    )
    own = set(events.values_list("number", flat=True))
    if own and (version := version_on(reference, on)) is not None and version.number in own:
        raise OwnAgreementError
