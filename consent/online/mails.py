"""The mails about what somebody sent online; the same words for everyone (C7)."""

from django.conf import settings

from consent import rules
from consent.models import OptOutRequest, UnconfirmedOptOut
from consent.online.receipts import own_choice_age, shared_by, starts
from consent.rules import Choice, DecidedBy
from notices.queries import signature
from privacy_portal.ground.days import day_of
from privacy_portal.ground.mail.writing import Letter


def letter(sent: UnconfirmedOptOut | OptOutRequest, template: str, link: str) -> Letter:
    """A mail about what somebody sent; it names no pupil."""
    opts_in = sent.choice == Choice.OPT_IN
    basics = sent.scheme.basic_items.select_related("item") if sent.scheme else []
    return Letter(
        key=f"{template}/{sent.reference}",
        to=sent.email,
        template=template,
        context={
            "sent": sent,
            "matter": sent.matter,
            "chosen": sent.matter.chosen(Choice(sent.choice)),
            "own_choice_age": own_choice_age(sent.matter, DecidedBy(sent.by)),
            "starts": starts(Choice(sent.choice), by_code=_by_code(sent)),
            "names_pupil": isinstance(sent, OptOutRequest) and not _by_code(sent),
            "now_goes": shared_by(sent) if isinstance(sent, OptOutRequest) and opts_in else [],
            "link": link,
            "days": settings.CONFIRM_LINK_DAYS,
            "matching_days": settings.MATCHING_WORKING_DAYS,
            "basics": [each.item for each in basics],
            "due_on": rules.objection_due(day_of(sent.received_at)),
            **signature(),
        },
    )


def _by_code(sent: UnconfirmedOptOut | OptOutRequest) -> bool:
    """Whether a letter's code said who the pupil is."""
    return isinstance(sent, OptOutRequest) and sent.code_id is not None
