"""Checkpoints go to the protection officer, and so does word of a log that is not as it was signed (L3)."""

from datetime import datetime

from django.db import transaction

from notices.models import Contact
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.log.checkpoints import published, refusal
from privacy_portal.ground.log.folders import FolderError
from privacy_portal.ground.mail.writing import Letter, address, write


def mail_checkpoint(*, at: datetime) -> int:
    """Email the newest checkpoint to the protection officer, so that it is kept where nobody who runs the
    portal can change it; return the number of new emails: none where the log has not grown."""
    officer = Contact.objects.filter(kind=Contact.Kind.DPO).exclude(email="").first()
    try:
        newest = published()
    except FolderError:
        newest = None
    if officer is None or newest is None:
        return 0
    letter = Letter(
        key=f"log-checkpoint/{newest.checkpoint.size}/{newest.checkpoint.root.hex()}",
        to=officer.email,
        template="log/checkpoint",
        context={
            "note": str(newest.note),
            "size": newest.checkpoint.size,
            "link": address("/log/"),
        },
    )
    with transaction.atomic():
        return write([letter], at=at)


def mail_refusal(*, at: datetime) -> int:
    """Tell the protection officer and every officer, once, that the log is not as it was signed; return the
    number of new emails."""
    why = refusal()
    if why is None:
        return 0
    people = list(User.objects.officers().filter(is_active=True).values_list("email", flat=True))
    people += (
        Contact.objects.filter(kind=Contact.Kind.DPO)
        .exclude(email="")
        .values_list("email", flat=True)
    )
    # Its first word is the time, which is another every 15 minutes.
    what = why.partition(" ")[2]
    letters = [
        Letter(
            key=f"log-refused/{what[:150]}/{person}",
            to=person,
            template="log/refused",
            context={"why": what},
        )
        for person in dict.fromkeys(people)
    ]
    with transaction.atomic():
        return write(letters, at=at)
