"""Filters of the disclosure log, for the page and its CSV."""

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.forms.boundfield import BoundField

from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action, may
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import end_of, start_of
from privacy_portal.ground.ui.day_fields import DayField
from privacy_portal.ground.ui.fields import Menu, TextField
from privacy_portal.ground.ui.keyset import Order
from sharing.disclosures.sample_rules import Why
from sharing.models import Disclosure, DisclosureQuestion, Undone
from sharing.review import questioning, signing_off
from sharing.review.desk import references
from sharing.review.desk.choices import filter_choices
from sharing.review.desk.orders import NEWEST, ORDERS
from sharing.review.desk.result_rules import WORDS, Result
from sharing.rules import Outcome

_UNDONE = Q(undone__isnull=False)
# Not a join: PostgreSQL then knows that this is true of almost all.
_LEFT = Q(~Exists(Undone.objects.filter(disclosure=OuterRef("pk"))))
_IN_LINE = _LEFT & Q(out_of_line=False)
_SHARED = _IN_LINE & Q(direction=Disclosure.Direction.SENT)
# What `result_rules.result_of` says, as a filter: a number is as long as the list behind it (K1).
WITH_RESULT = {
    Result.RELEASED: _SHARED & Q(outcome=Outcome.RELEASED),
    Result.REDUCED: _SHARED & Q(outcome=Outcome.REDUCED),
    Result.REFUSED: _SHARED & Q(outcome=Outcome.REFUSED),
    Result.RECEIVED: _IN_LINE & Q(direction=Disclosure.Direction.RECEIVED),
    Result.NOT_SENT: _UNDONE,
    Result.NOT_ALLOWED: _LEFT & Q(out_of_line=True),
}
FOR_ME = ("mine", "Not signed off, and I can do it")
SIGNED_OFF = (("no", "Not signed off"), FOR_ME, ("yes", "Signed off"))


SAMPLE = (
    ("any", "In the sample"),
    (Why.SPECIAL.value, "In it: special category"),
    (Why.OVERRIDE.value, "In it: despite an opt-out"),
    (Why.NOT_ALLOWED.value, "In it: not allowed"),
    (Why.DRAWN.value, "In it: drawn"),
    ("no", "Not in the sample"),
)
SHARED_ON = "shared"
DATES = ((SHARED_ON, "Shared or received"),)
QUESTIONS = (("open", "Open question"), ("answered", "Answered, none open"))


class _DayFilter(django_filters.Filter):
    field_class = DayField


class _MenuField(Menu, django_filters.fields.ChoiceField):
    """A menu whose first choice filters nothing."""


class _MenuFilter(django_filters.ChoiceFilter):
    field_class = _MenuField


class _WordsFilter(django_filters.Filter):
    field_class = TextField


class DisclosureFilter(django_filters.FilterSet):
    """Filter by what people quote, organisation, agreement, purpose, period, school, officer, result and
    sign-off; and choose the order."""

    words = _WordsFilter(
        label="Reference, file name or number",
        hint="Like WIG-CNX, log entry 554 or request 12. A file name finds files that were uploaded here, not those "
        "that were released with a command.",
        max_length=references.MOST_LETTERS,
        method="quoting",
    )
    recipient = _MenuFilter(field_name="recipient__code", label="Organisation", empty_label="All")
    agreement = _MenuFilter(field_name="agreement_reference", label="Agreement", empty_label="All")
    purpose = _MenuFilter(field_name="purpose__code", label="Purpose", empty_label="All")
    first = _DayFilter(field_name="at", lookup_expr="gte", label="From", what="From")
    last = _DayFilter(field_name="at", lookup_expr="lt", label="To", what="To")
    dates = _MenuFilter(
        label="Dates are when it was",
        empty_label="Put in the log",
        choices=DATES,
        method="as_it_is",
    )
    school = _MenuFilter(label="School", empty_label="All schools", method="of_school")
    officer = _MenuFilter(field_name="by__pk", label="Officer", empty_label="All")
    outcome = _MenuFilter(
        label="Result", empty_label="All", choices=list(WORDS.items()), method="with_result"
    )
    signed_off = _MenuFilter(
        label="Sign-off", empty_label="All", choices=SIGNED_OFF, method="with_sign_off"
    )
    sample = _MenuFilter(label="Sample", empty_label="All", choices=SAMPLE, method="in_the_sample")
    questions = _MenuFilter(
        label="Questions", empty_label="All", choices=QUESTIONS, method="with_questions"
    )
    sort = _MenuFilter(
        label="Sort by",
        empty_label=None,
        choices=[(order.name, order.label) for order in ORDERS.values()],
        method="as_it_is",
    )

    class Meta:
        model = Disclosure
        fields: tuple[str, ...] = ()

    def __init__(self, data: Any, queryset: QuerySet[Disclosure], *, user: User):
        super().__init__(data, queryset=queryset)
        self.user = user
        if not may(user, Action.KEEP_DISCLOSURES):
            self.filters["signed_off"].extra["choices"] = [
                choice for choice in SIGNED_OFF if choice != FOR_ME
            ]
        for name, options in filter_choices().items():
            self.filters[name].extra["choices"] = options

    def filter_queryset(self, queryset: QuerySet[Disclosure]) -> QuerySet[Disclosure]:
        return self._filtered(queryset, self.form.cleaned_data)

    def _filtered(
        self, queryset: QuerySet[Disclosure], values: Mapping[str, Any]
    ) -> QuerySet[Disclosure]:
        shared_on = values.get("dates") == SHARED_ON
        for name, value in values.items():
            if name == "first" and value:
                first = {"on__gte": value} if shared_on else {"at__gte": start_of(value)}
                queryset = queryset.filter(**first)
            elif name == "last" and value:
                last = {"on__lte": value} if shared_on else {"at__lte": end_of(value)}
                queryset = queryset.filter(**last)
            elif name not in ("first", "last"):
                queryset = self.filters[name].filter(queryset, value)
        return queryset

    def of_school(
        self, disclosures: QuerySet[Disclosure], name: str, urn: str
    ) -> QuerySet[Disclosure]:
        """Return those that shared information about a pupil at the school."""
        return disclosures.filter(schools__contains=[urn])

    def quoting(
        self, disclosures: QuerySet[Disclosure], name: str, text: str
    ) -> QuerySet[Disclosure]:
        """Return those that somebody means by a reference, a file’s name or a number."""
        return disclosures.filter(self.meaning.condition)

    def with_result(
        self, disclosures: QuerySet[Disclosure], name: str, value: str
    ) -> QuerySet[Disclosure]:
        """Return those with a result; each entry has one."""
        return disclosures.filter(WITH_RESULT[Result(value)])

    def in_the_sample(
        self, disclosures: QuerySet[Disclosure], name: str, value: str
    ) -> QuerySet[Disclosure]:
        """Return those in the sample, for any reason or for one; or those not in it."""
        if value in ("any", "no"):
            return disclosures.filter(sampled__isnull=value == "no")
        return disclosures.filter(sampled__reasons__contains=[value])

    def with_questions(
        self, disclosures: QuerySet[Disclosure], name: str, value: str
    ) -> QuerySet[Disclosure]:
        """Return those about which a question is open, or those whose questions all have answers."""
        if value == "open":
            return disclosures.filter(questioning.asked())
        every = DisclosureQuestion.objects.values("disclosure")
        return disclosures.filter(~questioning.asked(), pk__in=every)

    def as_it_is(
        self, disclosures: QuerySet[Disclosure], name: str, value: str
    ) -> QuerySet[Disclosure]:
        """Return all of them: it says how others are read, or is the page's business."""
        return disclosures

    def with_sign_off(
        self, disclosures: QuerySet[Disclosure], name: str, value: str
    ) -> QuerySet[Disclosure]:
        """Return those that are, or are not, signed off, or that the reader can sign off now."""
        if value == "mine":
            return disclosures.filter(pk__in=signing_off.to_sign_off(self.user).values("pk"))
        return disclosures.filter(unsigned__isnull=value != "no")

    @property
    def rows(self) -> QuerySet[Disclosure]:
        """Return what is filtered; nothing where a filter has an error."""
        rows: QuerySet[Disclosure] = self.qs if self.valid else self.queryset.none()
        return rows

    @cached_property
    def meaning(self) -> references.Meaning:
        """Return what is meant by the words; at most 2 queries."""
        return references.meaning(self.form.cleaned_data["words"])

    def rows_but_for(self, *names: str) -> QuerySet[Disclosure]:
        """Return what would be filtered without the filters of these names."""
        others = {name: value for name, value in self.chosen.items() if name not in names}
        return self._filtered(self.queryset.all(), others)

    @property
    def chosen(self) -> dict[str, Any]:
        """Return the value of each filter that narrows the log, by name; nothing where one has an error. What
        dates are counts only where there is one."""
        if not self.is_bound or not self.valid:
            return {}
        values = dict(self.form.cleaned_data)
        if not (values["first"] or values["last"]):
            values["dates"] = ""
        return {name: value for name, value in values.items() if value and name != "sort"}

    @property
    def valid(self) -> bool:
        """Return whether no filter has an error."""
        return not self.is_bound or bool(self.is_valid())

    @property
    def order(self) -> Order:
        """Return the order that was chosen; newest first where none was."""
        chosen = self.form.cleaned_data.get("sort") if self.is_bound and self.valid else ""
        return ORDERS.get(chosen or "", NEWEST)

    def in_words(self) -> list[tuple[str, str, list[str]]]:
        """Return the filters that narrow the log: what each is called, what was chosen, and the names of
        its parameters."""
        chosen = self.chosen
        return [
            (bound.label, _in_words(bound, chosen[bound.name]), _parameters(bound))
            for bound in self.form
            if bound.name in chosen
        ]

    @property
    def bound(self) -> forms.Form:
        """Return the form, for the page."""
        form: forms.Form = self.form
        return form


def _in_words(bound: BoundField, value: object) -> str:
    """Return a value of a filter as people read it."""
    if isinstance(value, date):
        return days.in_words(value)
    choices = getattr(bound.field.widget, "choices", ())
    return str({str(key): text for key, text in choices}.get(str(value), value))


def _parameters(bound: BoundField) -> list[str]:
    """Return the names under which a filter's value is sent."""
    if isinstance(bound.field, DayField):
        return [f"{bound.name}_{part}" for part in range(3)]
    return [bound.name]
