"""The links that confirm what was sent online: mailed at once, held for one mail, sent again.

Somebody may send forms to make the portal mail to others, or to bury one child's opt-out under
many. So only so many links a day go at once to one address, and about one child; what is beyond
is kept like any other, and its links come together in one mail some hours later. Nothing is
refused: whoever hammers an address or a child shuts no family out. The pages say the same in
either case, so nobody learns from them that others sent something (C7).
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.crypto import salted_hmac

from consent.models import ABOUT, UnconfirmedOptOut
from consent.online.mails import letter
from notices.queries import signature
from privacy_portal.ground.codes import hash_of, new_token
from privacy_portal.ground.days import day_of, days_later
from privacy_portal.ground.limits.alarms import ABOUT_A_CHILD
from privacy_portal.ground.limits.counting import attempt, mailbox
from privacy_portal.ground.mail.sending import forget_mails_to
from privacy_portal.ground.mail.writing import Letter, address, write
from privacy_portal.ground.names import folded_name

DAY = timedelta(days=1)
# So many links stand in one mail; the rest comes with the next.
TOGETHER = 50


def mail_link(kept: UnconfirmedOptOut, token: str, *, at: datetime) -> None:
    """Writes the mail with the link, or holds the link for a later one."""
    to = mailbox(kept.email)
    few_to = attempt("opt-out-to", to, most=settings.LINKS_AT_ONCE, within=DAY, at=at)
    if _few_about(kept, at=at) and few_to:
        write([letter(kept, "opt-out-confirm", _link(token))], at=at)
    else:
        kept.held = True
        kept.save(update_fields=["held"])


def mail_held(*, at: datetime) -> int:
    """Mails the links that were held, all for one address in one mail; returns how many mails.

    They are new links: of those held only hashes are stored.
    """
    held = UnconfirmedOptOut.objects.filter(held=True, expires_at__gt=at)
    return sum(
        _mail_held_to(to, at=at)
        for to in held.annotate(to=Lower("email")).values_list("to", flat=True).distinct()
    )


def send_again(reference: str, *, email: str, at: datetime) -> bool:
    """Mails the link once more, to another address where the first was mistyped; what was filled in
    stays, the earlier link ends. Returns False for what is confirmed already or gone."""
    with transaction.atomic():
        waiting = UnconfirmedOptOut.objects.select_for_update(of=("self",))
        kept = waiting.select_related(*ABOUT).filter(reference=reference).first()
        if kept is None:
            return False
        forget_mails_to(
            kept.email, [f"opt-out-confirm/{reference}", f"opt-out-reminder/{reference}"]
        )
        token = new_token()
        kept.email, kept.token_hash, kept.held = email, hash_of(token), False
        kept.expires_at = days_later(at, settings.CONFIRM_LINK_DAYS)
        kept.save(update_fields=["email", "token_hash", "held", "expires_at"])
        mail_link(kept, token, at=at)
    return True


def _mail_held_to(to: str, *, at: datetime) -> int:
    with transaction.atomic():
        waiting = UnconfirmedOptOut.objects.select_for_update(of=("self",)).select_related(*ABOUT)
        mine = waiting.annotate(to=Lower("email")).filter(to=to, held=True, expires_at__gt=at)
        links = []
        for kept in mine.order_by("received_at", "pk")[:TOGETHER]:
            token = new_token()
            kept.token_hash, kept.held = hash_of(token), False
            kept.save(update_fields=["token_hash", "held"])
            links.append((kept, _link(token)))
        if not links:
            return 0
        first, link = links[0]
        if len(links) == 1:
            return write([letter(first, "opt-out-confirm", link)], at=at)
        context = {"links": links, "days": settings.CONFIRM_LINK_DAYS, **signature()}
        together = Letter(
            key=f"opt-out-confirm-several/{first.reference}/{at.isoformat()}",
            to=first.email,
            template="consent/opt-out-confirm-several",
            context=context,
        )
        return write([together], at=at)


def _few_about(kept: UnconfirmedOptOut, *, at: datetime) -> bool:
    """Whether few were sent about the child today, by whomever: name and date of birth as typed.

    The school is left out, since whoever hammers can vary it. Where the limit lies between one and
    two times the setting differs by child and day and cannot be foreseen, so that nobody can find
    out, by counting their own, whether another sent one.
    """
    names = [folded_name(each) for each in (kept.forename, kept.surname)]
    child = "\0".join([*names, str(kept.born)])
    least = settings.LINKS_AT_ONCE_A_CHILD
    drawn = salted_hmac("consent.links", f"{child} {day_of(at)}", algorithm="sha256").digest()
    most = least + int.from_bytes(drawn[:4]) % (least + 1)
    return attempt(ABOUT_A_CHILD, child, most=most, within=DAY, at=at)


def _link(token: str) -> str:
    return address(reverse("opt-out-confirm", args=[token]))
