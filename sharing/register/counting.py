"""Count what was shared in a month, as the public register may say it."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from consent.decisions.linked_decisions import child_numbers
from consent.matter_lookup import objectionable_matters
from consent.models import BasicItem, Scheme
from notices.models import Item, Purpose, Recipient
from privacy_portal.ground import days
from sharing import rules
from sharing.disclosures.lines import OUTCOMES, REASONS
from sharing.models import Disclosure, DisclosureLine, PublishedCount
from sharing.register.agreement_columns import Columns, agreement_columns, contact_words
from sharing.register.rules import (
    THRESHOLD,
    OptOutFacts,
    OptOuts,
    opt_outs_of,
    publishable,
    sayable,
)

SHARED = (OUTCOMES.index(rules.Outcome.RELEASED), OUTCOMES.index(rules.Outcome.REDUCED))
CHOICES = (REASONS.index(rules.Reason.OPTED_OUT), REASONS.index(rules.Reason.OBJECTED))
TABLES = "Tables of numbers, in which nobody is named"

Group = tuple[int | None, int | None]


@dataclass(slots=True)
class _Tally:
    """What was shared with one organisation for one purpose in a month. `some` are the first children
    of each disclosure and set of items, up to THRESHOLD: enough to tell few from many."""

    disclosures: list[Disclosure] = field(default_factory=list)
    pupils: set[Hashable] = field(default_factory=set)
    limited: set[Hashable] = field(default_factory=set)
    some: dict[tuple[int, int | None], set[Hashable]] = field(
        default_factory=lambda: defaultdict(set)
    )


def disclosures_that_left() -> QuerySet[Disclosure]:
    """Return the disclosures that left: what was refused did not, what was recorded afterwards did."""
    return Disclosure.objects.filter(
        Q(origin=Disclosure.Origin.AFTER_THE_FACT) | ~Q(outcome=rules.Outcome.REFUSED),
        undone=None,
        direction=Disclosure.Direction.SENT,
    )


def counts_of(month: date, *, at: datetime) -> list[PublishedCount]:
    """Return the rows of a month that has ended, not stored yet, in the order of their codes.

    Reads the lines of that month's disclosures once, and no others. 12 queries, and a few while records
    exist that may be of one child: those count once (C6b), or 4 children could be published as 5; and a few for
    each day on which something was shared, for what one could object to then.
    """
    begin, end = days.start_of(month), days.start_of(days.months_later(month, 1))
    disclosures = disclosures_that_left().filter(at__gte=begin, at__lt=end).select_related(
        "agreement_version__agreement", "agreement_version__recipient", "recipient", "purpose",
        "request_decision__details",
    )  # fmt: skip
    tallies: dict[Group, _Tally] = defaultdict(_Tally)
    by_id = {disclosure.pk: disclosure for disclosure in disclosures}
    for disclosure in by_id.values():
        tallies[disclosure.recipient_id, disclosure.purpose_id].disclosures.append(disclosure)
    _count_lines(by_id, tallies)
    words = _Words(at=at)
    rows = [words.row(group, tally) for group, tally in tallies.items()]
    return sorted(rows, key=_codes)


def _codes(row: PublishedCount) -> tuple[str, str]:
    return row.recipient.code if row.recipient else "", row.purpose.code if row.purpose else ""


def _count_lines(by_id: Mapping[int, Disclosure], tallies: Mapping[Group, _Tally]) -> None:
    one = child_numbers()
    lines = DisclosureLine.objects.filter(disclosure__in=list(by_id)).values_list(
        "disclosure", "row", "person", "item_set", "outcome", "reason"
    )
    for number, row, person, item_set, outcome, reason in lines.iterator(chunk_size=5_000):
        disclosure = by_id[number]
        by_hand = disclosure.origin == Disclosure.Origin.AFTER_THE_FACT
        child = _child(person, one, (number, row) if by_hand else None)
        if child is None:
            continue
        tally = tallies[disclosure.recipient_id, disclosure.purpose_id]
        if by_hand or outcome in SHARED:
            tally.pupils.add(child)
            some = tally.some[number, item_set]
            if len(some) < THRESHOLD:
                some.add(child)
        if reason in CHOICES and not disclosure.out_of_line and outcome != SHARED[0]:
            tally.limited.add(child)


def _child(
    person: UUID | None, one: Mapping[UUID, int], row: tuple[int, int] | None
) -> Hashable | None:
    """Return who a line is about; a person who is not on record counts where it was given by hand."""
    return row if person is None else one.get(person, person)


class _Words:
    """Puts tallies in words, as of the day of publication; 6 queries when it is made."""

    def __init__(self, *, at: datetime):
        self.on = days.day_of(at)
        self.items = dict(Item.objects.values_list("code", "label"))
        self.recipients = Recipient.objects.in_bulk()
        self.purposes = Purpose.objects.in_bulk()
        basics = Prefetch("basic_items", BasicItem.objects.select_related("item"))
        schemes = Scheme.objects.prefetch_related("purposes", basics)
        self.schemes = {scheme.recipient_id: scheme for scheme in schemes}
        self.council, self.contact = contact_words()
        self.objectionable: dict[date, set[Group]] = {}

    def row(self, group: Group, tally: _Tally) -> PublishedCount:
        """Return the row of a group; what would tell of few pupils is not in it."""
        recipient, purpose = group
        whole = tally.pupils - tally.limited
        figures = publishable(
            len(tally.disclosures), len(tally.pupils), len(tally.limited), len(whole)
        )
        row = PublishedCount(
            recipient=self.recipients.get(recipient) if recipient else None,
            purpose=self.purposes.get(purpose) if purpose else None,
            files=figures.files,
            pupils=figures.pupils,
            limited=figures.limited,
        )
        row.organisation = row.recipient.name if row.recipient else ""
        row.why = row.purpose.label if row.purpose else ""
        if figures.pupils is not None:
            self._say(row, tally)
        return row

    def _say(self, row: PublishedCount, tally: _Tally) -> None:
        by_id = {disclosure.pk: disclosure for disclosure in tally.disclosures}
        tables = [each for each in tally.disclosures if _of_counts(each)]
        said: dict[str, dict[Hashable, set[Hashable]]] = defaultdict(lambda: defaultdict(set))
        for (number, item_set), children in sorted(tally.some.items(), key=lambda each: each[0][0]):
            disclosure = by_id[number]
            for code in self._codes_in(disclosure, item_set):
                said["items"][self.items.get(code, code)] |= children
            for kind, value in self._facts(disclosure, row).items():
                said[kind][value] |= children
        about_nobody = [self._facts(each, row) for each in tables]

        def sayable_of(kind: str) -> list[Hashable]:
            return sayable(said[kind], [facts[kind] for facts in about_nobody if kind in facts])

        order = {label: place for place, label in enumerate(self.items.values())}
        items = sorted(sayable(said["items"]), key=lambda label: order.get(str(label), len(order)))
        row.items = [*map(str, items), *([TABLES] if tables else [])]
        row.notices = sorted(map(str, sayable_of("notice")))
        row.means = sorted(map(str, sayable_of("means")))
        row.opt_outs = [code.value for code in OptOuts if code in sayable_of("opt_outs")]
        columns = [dict(each) for each in sayable_of("agreement") if isinstance(each, tuple)]
        row.agreements = sorted(columns, key=lambda each: (each["id"], each["agreement_name"]))

    def _codes_in(self, disclosure: Disclosure, item_set: int | None) -> Iterable[str]:
        sets = disclosure.item_sets
        place = item_set or 0
        return sets[place] if place < len(sets) else []

    def _facts(self, disclosure: Disclosure, row: PublishedCount) -> dict[str, Hashable]:
        """Return what is to be said of a disclosure, by kind."""
        facts: dict[str, Hashable] = {
            "means": Disclosure.Means(disclosure.means).label,
            "opt_outs": self._opt_outs(disclosure, row),
        }
        if disclosure.notice:
            facts["notice"] = disclosure.notice
        columns: Columns | None = agreement_columns(disclosure, self.council, self.contact, self.on)
        if columns:
            facts["agreement"] = tuple(sorted(columns.items()))
        return facts

    def _opt_outs(self, disclosure: Disclosure, row: PublishedCount) -> OptOuts:
        scheme = self.schemes.get(disclosure.recipient_id or 0)
        purposes = {each.purpose_id for each in scheme.purposes.all()} if scheme else set()
        applies = scheme is not None and (not purposes or disclosure.purpose_id in purposes)
        basics = {each.item.code for each in scheme.basic_items.all()} if scheme else set()
        items = {code for codes in disclosure.item_sets for code in codes}
        return opt_outs_of(
            OptOutFacts(
                counts=_of_counts(disclosure),
                overridden=disclosure.overridden,
                out_of_line=disclosure.out_of_line,
                opt_out=applies,
                beyond_basics=bool(items - basics),
                duty=scheme is not None
                and scheme.kind == Scheme.Kind.STATUTORY
                and not scheme.by_authority,
                objection=(disclosure.recipient_id, disclosure.purpose_id)
                in self._objectionable(disclosure.on),
            )
        )

    def _objectionable(self, on: date) -> set[Group]:
        """Return to which organisations and purposes one could object on a day; the first time, its queries."""
        if on not in self.objectionable:
            self.objectionable[on] = {
                (matter.recipient.pk, matter.purpose.pk if matter.purpose else None)
                for matter in objectionable_matters(on)
            }
        return self.objectionable[on]


def _of_counts(disclosure: Disclosure) -> bool:
    return disclosure.origin == Disclosure.Origin.STATISTICS
