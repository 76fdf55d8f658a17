"""What officers look for in the log of disclosures: one filter for the page and its CSV."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet

from consent.queries import schools
from notices.queries import purpose_labels, recipients
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import end_of, start_of
from privacy_portal.ground.ui.day_fields import DayField
from privacy_portal.ground.ui.fields import Menu
from sharing.agreements.choices import agreement_choices
from sharing.models import Disclosure

OUTCOMES = (
    ("released", "In full"),
    ("reduced", "In part"),
    ("refused", "Refused"),
    ("undone", "Did not leave"),
    ("out-of-line", "Not allowed"),
)
SIGNED_OFF = (("no", "Not yet"), ("yes", "Yes"))


class _DayFilter(django_filters.Filter):
    field_class = DayField


class _MenuField(Menu, django_filters.fields.ChoiceField):
    """A menu that begins with what filters nothing."""


class _MenuFilter(django_filters.ChoiceFilter):
    field_class = _MenuField


class DisclosureFilter(django_filters.FilterSet):
    """By agency, agreement, purpose, period, school, officer, outcome and sign-off."""

    recipient = _MenuFilter(field_name="recipient__code", label="Organisation", empty_label="Any")
    agreement = _MenuFilter(field_name="agreement_reference", label="Agreement", empty_label="Any")
    purpose = _MenuFilter(field_name="purpose__code", label="Purpose", empty_label="Any")
    first = _DayFilter(field_name="at", lookup_expr="gte", label="From", what="The day")
    last = _DayFilter(field_name="at", lookup_expr="lt", label="To", what="The day")
    school = _MenuFilter(label="With pupils of", empty_label="Any school", method="of_school")
    officer = _MenuFilter(field_name="by__pk", label="Officer", empty_label="Any")
    outcome = _MenuFilter(
        label="Outcome", empty_label="Any", choices=OUTCOMES, method="with_outcome"
    )
    signed_off = _MenuFilter(
        label="Signed off", empty_label="Either", choices=SIGNED_OFF, method="with_sign_off"
    )

    class Meta:
        model = Disclosure
        fields: tuple[str, ...] = ()

    def __init__(self, data: Any, queryset: QuerySet[Disclosure]):
        super().__init__(data, queryset=queryset)
        choices = {
            "recipient": [(each.code, each.name) for each in recipients()],
            "agreement": agreement_choices()[1:],
            "purpose": list(purpose_labels().items()),
            "school": [(each.urn, each.name) for each in schools()],
            "officer": [(each.pk, each.name) for each in User.objects.officers()],
        }
        for name, found in choices.items():
            self.filters[name].extra["choices"] = found

    def filter_queryset(self, queryset: QuerySet[Disclosure]) -> QuerySet[Disclosure]:
        for name, value in self.form.cleaned_data.items():
            if name == "first" and value:
                queryset = queryset.filter(at__gte=start_of(value))
            elif name == "last" and value:
                queryset = queryset.filter(at__lte=end_of(value))
            elif name not in ("first", "last"):
                queryset = self.filters[name].filter(queryset, value)
        return queryset

    def of_school(self, found: QuerySet[Disclosure], name: str, urn: str) -> QuerySet[Disclosure]:
        """Those in which a pupil of the school went."""
        return found.filter(schools__contains=[urn])

    def with_outcome(
        self, found: QuerySet[Disclosure], name: str, value: str
    ) -> QuerySet[Disclosure]:
        """By outcome; what did not leave after all, and what was out of line, by themselves."""
        if value == "undone":
            return found.filter(undone__isnull=False)
        if value == "out-of-line":
            return found.filter(out_of_line=True)
        return found.filter(outcome=value)

    def with_sign_off(
        self, found: QuerySet[Disclosure], name: str, value: str
    ) -> QuerySet[Disclosure]:
        """Whether another officer has looked at it."""
        return found.filter(sign_off__isnull=value == "no")

    @property
    def bound(self) -> forms.Form:
        """The form, for the page."""
        form: forms.Form = self.form
        return form
