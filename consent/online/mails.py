"""Emails about forms sent online; the same words for everyone (C7)."""

from consent import rules
from consent.models import OptOutRequest, UnconfirmedOptOut
from consent.online.receipts import items_after_opt_in, own_choice_age, starts
from consent.scheme_words import law_in_words, supply_in_words
from notices.queries import signature
from privacy_portal.ground.days import day_of
from privacy_portal.ground.mail.writing import Letter
from privacy_portal.ground.terms import current as terms


def letter(sent: UnconfirmedOptOut | OptOutRequest, template: str, link: str) -> Letter:
    """Return an email about a form; it names no pupil."""
    scheme = sent.scheme
    basics = scheme.basic_items.select_related("item") if scheme else []
    return Letter(
        key=f"{template}/{sent.reference}",
        to=sent.email,
        template=f"consent/{template}",
        context={
            "sent": sent,
            "matter": sent.matter,
            "own_choice_age": own_choice_age(sent),
            "starts": starts(sent),
            "shared_after_opt_in": items_after_opt_in(sent),
            "link": link,
            "days": terms.number("confirm_link_days"),
            "matching_days": terms.number("matching_working_days"),
            "basics": [row.item for row in basics],
            "supply": supply_in_words(scheme, basics=True) if scheme else "",
            "law": law_in_words(scheme) if scheme else "",
            "due_on": rules.objection_due(day_of(sent.received_at)),
            **signature(),
        },
    )
