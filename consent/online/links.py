"""The links that confirm forms sent online: emailed straight away, held for a joint email, sent again.

Someone may send forms to make the service email others, or to bury one child’s opt-out under many.
So only so many links a day are emailed straight away to one address, and about one child; further
forms are stored like any other, and their links come together in one email some hours later.
Nothing is refused, so nobody can shut a family out. The pages say the same in either case, so
nobody learns from them that others sent a form (C7).
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
from privacy_portal.ground.terms import current as terms

DAY = timedelta(days=1)
# So many links are in one email; the rest come with the next.
TOGETHER = 50


def mail_link(form: UnconfirmedOptOut, token: str, *, at: datetime) -> None:
    """Write the email with the link, or hold the link for a later email."""
    to = mailbox(form.email)
    few_to = attempt("opt-out-to", to, most=settings.LINKS_AT_ONCE, within=DAY, at=at)
    if _few_about(form, at=at) and few_to:
        write([letter(form, "opt-out-confirm", _link(token))], at=at)
    else:
        form.held = True
        form.save(update_fields=["held"])


def mail_held(*, at: datetime) -> int:
    """Email the held links, all for one address in one email; return how many emails.

    They are new links: only hashes of the held ones are stored.
    """
    forms = UnconfirmedOptOut.objects.filter(held=True, expires_at__gt=at)
    return sum(
        _mail_held_to(to, at=at)
        for to in forms.annotate(to=Lower("email")).values_list("to", flat=True).distinct()
    )


def send_again(reference: str, *, email: str, at: datetime) -> bool:
    """Email the link again, to another address if the first was mistyped; the answers stay, and the
    earlier link ends. Return False for a form that is confirmed or deleted."""
    with transaction.atomic():
        forms = UnconfirmedOptOut.objects.select_for_update(of=("self",))
        form = forms.select_related(*ABOUT).filter(reference=reference).first()
        if form is None:
            return False
        forget_mails_to(
            form.email, [f"opt-out-confirm/{reference}", f"opt-out-reminder/{reference}"]
        )
        token = new_token()
        form.email, form.token_hash, form.held = email, hash_of(token), False
        form.expires_at = days_later(at, terms.number("confirm_link_days"))
        form.save(update_fields=["email", "token_hash", "held", "expires_at"])
        mail_link(form, token, at=at)
    return True


def _mail_held_to(to: str, *, at: datetime) -> int:
    with transaction.atomic():
        forms = UnconfirmedOptOut.objects.select_for_update(of=("self",)).select_related(*ABOUT)
        forms = forms.annotate(to=Lower("email")).filter(to=to, held=True, expires_at__gt=at)
        links = []
        for form in forms.order_by("received_at", "pk")[:TOGETHER]:
            token = new_token()
            form.token_hash, form.held = hash_of(token), False
            form.save(update_fields=["token_hash", "held"])
            links.append((form, _link(token)))
        if not links:
            return 0
        first, link = links[0]
        if len(links) == 1:
            return write([letter(first, "opt-out-confirm", link)], at=at)
        context = {"links": links, "days": terms.number("confirm_link_days"), **signature()}
        together = Letter(
            key=f"opt-out-confirm-several/{first.reference}/{at.isoformat()}",
            to=first.email,
            template="consent/opt-out-confirm-several",
            context=context,
        )
        return write([together], at=at)


def _few_about(form: UnconfirmedOptOut, *, at: datetime) -> bool:
    """Return whether few forms about the child were sent today: by name and date of birth as typed.

    The school is left out, since an attacker can vary it. The limit is between one and two times the
    setting, differs by child and day and cannot be foreseen, so that nobody can find out, by counting
    their own forms, whether somebody else sent one.
    """
    names = [folded_name(name) for name in (form.forename, form.surname)]
    child = "\0".join([*names, str(form.born)])
    least = settings.LINKS_AT_ONCE_A_CHILD
    drawn = salted_hmac("consent.links", f"{child} {day_of(at)}", algorithm="sha256").digest()
    most = least + int.from_bytes(drawn[:4]) % (least + 1)
    return attempt(ABOUT_A_CHILD, child, most=most, within=DAY, at=at)


def _link(token: str) -> str:
    return address(reverse("opt-out-confirm", args=[token]))
