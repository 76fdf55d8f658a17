"""Lists of what is due to be erased and of what was erased (R2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import CharField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Cast

from consent.keeping.records import past_time
from consent.models import ErasureWish
from privacy_portal.ground.annotations import annotated
from privacy_portal.ground.days import day_of
from privacy_portal.ground.keeping.erasing import What
from privacy_portal.ground.log.models import Erasure
from privacy_portal.ground.terms import current as terms
from privacy_portal.ground.terms.known import NUMBERS
from privacy_portal.ground.ui.keyset import Key, Order
from sharing.keeping.accounts import RULE as ACCOUNT_RULE, accounts_past_time
from sharing.keeping.erasing import RULE as PUPIL_RULE
from sharing.keeping.others import OTHERS

BY_NUMBER = Order("number", "First recorded first", (Key("pk"),))
NEWEST = Order("newest", "Newest first", (Key("pk"),), descending=True)
NOUNS: Mapping[str, tuple[str, str]] = {
    What.PUPIL: ("pupil", "pupils"),
    What.FORM: ("online form that fitted nobody", "online forms that fitted nobody"),
    What.REQUEST: ("request for data", "requests for data"),
    What.DISCLOSURE: ("disclosure with notes", "disclosures with notes"),
    What.AGREEMENT: ("signed agreement", "signed agreements"),
    What.ACCOUNT: ("account", "accounts"),
}
WISH = "A person’s wish (Article 17)"
# From when each keeping time is counted after which something is erased.
COUNTED_FROM = {
    PUPIL_RULE: "they left the roll",
    "form_keep_years": "the form was closed",
    "request_keep_years": "the request was last dealt with",
    "note_keep_years": "it was shared",
    "agreement_keep_years": "the agreement ended",
    ACCOUNT_RULE: "the account was deactivated",
}


@dataclass(frozen=True, slots=True)
class DueList:
    """The things of one kind whose keeping time is over; `rule` names it."""

    what: str
    rule: str
    rows: QuerySet[Any]

    @property
    def time(self) -> str:
        """Return the keeping time in words, with the number that the policy has now."""
        known = NUMBERS[self.rule]
        return f"{known.label}: {terms.number(self.rule):,} {known.unit}"

    @property
    def heading(self) -> str:
        """Return what they are called, as a heading."""
        nouns = NOUNS[self.what][1]
        return nouns[:1].upper() + nouns[1:]


def due_lists(at: datetime) -> Sequence[DueList]:
    """Return the list of each kind of thing whose keeping time is over; no query."""
    return [
        DueList(What.PUPIL, PUPIL_RULE, past_time(day_of(at))),
        *(DueList(kind.what, kind.rule, kind.past_time(at)) for kind in OTHERS),
        DueList(What.ACCOUNT, ACCOUNT_RULE, accounts_past_time(at)),
    ]


def due_list(what: str, at: datetime) -> DueList | None:
    """Return the list of one kind; None for another word; no query."""
    return next((due for due in due_lists(at) if due.what == what), None)


def erasures() -> QuerySet[Erasure]:
    """Return everything that was erased, newest first, with who asked for it where a second officer agreed (as
    `asked_by`); 1 query."""
    wishes = ErasureWish.objects.annotate(key=Cast("pupil__reference", CharField()))
    asked = wishes.filter(key=OuterRef("key"), answer__agrees=True).values("by__name")
    erasures = Erasure.objects.select_related("by").order_by("-pk")
    return erasures.annotate(asked_by=Subquery(asked[:1]))


def who_in_words(erasure: Erasure) -> str:
    """Return who asked for an erasure that `erasures` read, and who agreed."""
    if erasure.by is None:
        return "Nobody: the nightly job"
    asked = annotated(erasure, "asked_by", object)
    return f"{asked} asked, {erasure.by.name} agreed" if asked else erasure.by.name


def rule_in_words(rule: str) -> str:
    """Return why something was erased: since when its keeping time was counted, or a wish."""
    return (
        f"Keeping time over, counted from when {COUNTED_FROM[rule]}"
        if rule in COUNTED_FROM
        else WISH
    )
