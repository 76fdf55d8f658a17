"""Filters of the disclosure log, for the page and its CSV."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet

from privacy_portal.ground.days import end_of, start_of
from privacy_portal.ground.ui.day_fields import DayField
from privacy_portal.ground.ui.fields import Menu
from sharing.models import Disclosure
from sharing.review.choices import filter_choices

OUTCOMES = (
    ("released", "Released in full"),
    ("reduced", "Released in part"),
    ("refused", "Refused"),
    ("undone", "Not sent"),
    ("out-of-line", "Not allowed"),
)
SIGNED_OFF = (("no", "Not signed off"), ("yes", "Signed off"))


class _DayFilter(django_filters.Filter):
    field_class = DayField


class _MenuField(Menu, django_filters.fields.ChoiceField):
    """A menu whose first choice filters nothing."""


class _MenuFilter(django_filters.ChoiceFilter):
    field_class = _MenuField


class DisclosureFilter(django_filters.FilterSet):
    """Filter by organisation, agreement, purpose, period, school, officer, result and sign-off."""

    recipient = _MenuFilter(field_name="recipient__code", label="Organisation", empty_label="All")
    agreement = _MenuFilter(field_name="agreement_reference", label="Agreement", empty_label="All")
    purpose = _MenuFilter(field_name="purpose__code", label="Purpose", empty_label="All")
    first = _DayFilter(field_name="at", lookup_expr="gte", label="From", what="From")
    last = _DayFilter(field_name="at", lookup_expr="lt", label="To", what="To")
    school = _MenuFilter(label="School", empty_label="All schools", method="of_school")
    officer = _MenuFilter(field_name="by__pk", label="Officer", empty_label="All")
    outcome = _MenuFilter(
        label="Result", empty_label="All", choices=OUTCOMES, method="with_outcome"
    )
    signed_off = _MenuFilter(
        label="Sign-off", empty_label="All", choices=SIGNED_OFF, method="with_sign_off"
    )

    class Meta:
        model = Disclosure
        fields: tuple[str, ...] = ()

    def __init__(self, data: Any, queryset: QuerySet[Disclosure]):
        super().__init__(data, queryset=queryset)
        for name, options in filter_choices().items():
            self.filters[name].extra["choices"] = options

    def filter_queryset(self, queryset: QuerySet[Disclosure]) -> QuerySet[Disclosure]:
        for name, value in self.form.cleaned_data.items():
            if name == "first" and value:
                queryset = queryset.filter(at__gte=start_of(value))
            elif name == "last" and value:
                queryset = queryset.filter(at__lte=end_of(value))
            elif name not in ("first", "last"):
                queryset = self.filters[name].filter(queryset, value)
        return queryset

    def of_school(
        self, disclosures: QuerySet[Disclosure], name: str, urn: str
    ) -> QuerySet[Disclosure]:
        """Return those that shared information about a pupil at the school."""
        return disclosures.filter(schools__contains=[urn])

    def with_outcome(
        self, disclosures: QuerySet[Disclosure], name: str, value: str
    ) -> QuerySet[Disclosure]:
        """Return those with an outcome; the undone, and the out of line, are outcomes of their own."""
        if value == "undone":
            return disclosures.filter(undone__isnull=False)
        if value == "out-of-line":
            return disclosures.filter(out_of_line=True)
        return disclosures.filter(outcome=value)

    def with_sign_off(
        self, disclosures: QuerySet[Disclosure], name: str, value: str
    ) -> QuerySet[Disclosure]:
        """Return those that are, or are not, signed off."""
        return disclosures.filter(sign_off__isnull=value == "no")

    @property
    def bound(self) -> forms.Form:
        """Return the form, for the page."""
        form: forms.Form = self.form
        return form
