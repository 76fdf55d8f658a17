"""Officers are told by mail, once, when far more comes in than usual."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.limits import alarms
from privacy_portal.ground.mail.writing import Letter, address, write


def tell_officers(*, at: datetime) -> int:
    """Store new alarms and the mails that tell of them, together; return how many mails."""
    with transaction.atomic():
        new = alarms.raise_alarms(at=at)
        officers = list(User.objects.officers().filter(is_active=True)) if new else []
        return write(
            [
                Letter(
                    key=f"alarm/{alarm.pk}/{officer.reference}",
                    to=officer.email,
                    template="alarm",
                    context={
                        "sentence": alarms.sentence(alarm),
                        "child": alarm.kind == alarms.ABOUT_A_CHILD,
                        "link": address(reverse("staff-home")),
                    },
                )
                for alarm in new
                for officer in officers
            ],
            at=at,
        )
