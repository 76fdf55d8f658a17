"""Forms of the officers who keep agreements: one for each section, and for what befalls one."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from notices.models import Audience
from privacy_portal.ground.ui.fields import DayField, PdfField
from sharing.agreements.part import AgreementPart
from sharing.agreements.rules import Section
from sharing.agreements.signing import Side, token_of
from sharing.agreements.terms import FORMS, LABELS
from sharing.models import AgreementVersion, Profile, Way

_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen in an agreement, as pairs of code and label."""

    recipients: Sequence[tuple[str, str]]
    purposes: Sequence[tuple[str, str]]
    items: Sequence[tuple[str, str]]
    schools: Sequence[tuple[str, str]]


def _label(name: str) -> str:
    return LABELS[name][1]


def _line(name: str, hint: str = "", **more: Any) -> forms.CharField:
    length = more.pop("max_length", 200)
    return forms.CharField(
        label=_label(name), help_text=hint, required=False, max_length=length, **more
    )


def _text(name: str, hint: str = "", rows: int = 4) -> forms.CharField:
    widget = forms.Textarea(attrs={"data-rows": rows, "spellcheck": "true"})
    return forms.CharField(
        label=_label(name), help_text=hint, required=False, max_length=10_000, widget=widget
    )


class SectionForm(forms.Form):
    """A part of a draft; what was on the page when it was opened travels along as `seen`.

    Nothing but what an agreement always has is required here: a draft may wait for the rest.
    """

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, part: AgreementPart, choices: Choices):
        self.part, self.choices = part, choices
        known = {name: getattr(part, name) for name in self.base_fields if hasattr(part, name)}
        super().__init__(data, initial={**known, **self.more_initial(part)})
        for name in ("recipient", "purposes", "items", "schools"):
            field = self.fields.get(name)
            if isinstance(field, forms.ChoiceField):
                field.choices = self.choices_of(name)

    def more_initial(self, part: AgreementPart) -> dict[str, Any]:
        """What fields begin with that are no terms by their names."""
        return {"seen": token_of(part)}

    def choices_of(self, name: str) -> list[tuple[str, str]]:
        """What can be chosen in the field."""
        return list(getattr(self.choices, "recipients" if name == "recipient" else name))

    def terms(self) -> dict[str, Any]:
        """The terms written, by the names of their fields in the policy file."""
        return {
            name: value.replace("\r\n", "\n").strip() if isinstance(value, str) else value
            for name, value in self.cleaned_data.items()
            if name != "seen"
        }


class PartiesForm(SectionForm):
    title = forms.CharField(
        label=_label("title"),
        max_length=300,
        error_messages={"required": "Write a title"},
    )
    recipient = forms.ChoiceField(
        label=_label("recipient"), error_messages={"required": "Choose the organisation"}
    )
    audience = forms.ChoiceField(
        label=_label("audience"), choices=Audience.choices, widget=forms.RadioSelect
    )
    kind = forms.ChoiceField(
        label=_label("kind"), choices=AgreementVersion.Kind.choices, widget=forms.RadioSelect
    )
    roles = _text("roles", "For example: both decide for themselves how they use it.")
    contact_name = _line("contact_name", "A name or a post, for example Data manager.")
    contact_email = forms.EmailField(
        label=_label("contact_email"),
        help_text="Reminders that data must be destroyed go there.",
        required=False,
        error_messages={"invalid": "Enter an email address like name@example.org"},
    )


class PurposeForm(SectionForm):
    purposes = forms.MultipleChoiceField(
        label=_label("purposes"), required=False, widget=forms.CheckboxSelectMultiple
    )
    benefit = _text("benefit", "For children, schools or the public.")


class ItemsForm(SectionForm):
    form = forms.ChoiceField(
        label=_label("form"), choices=list(FORMS.items()), widget=forms.RadioSelect
    )
    items = forms.MultipleChoiceField(
        label=_label("items"),
        help_text="No more than the purpose needs.",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    special_category_condition = _text(
        "special_category_condition",
        "Only where ethnicity, health or the like is shared. For example: substantial public "
        "interest, UK GDPR Article 9(2)(g).",
        rows=2,
    )
    some_schools = forms.MultipleChoiceField(
        label="Only these schools",
        help_text="Choose none for all schools.",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data: Any = None, *, part: AgreementPart, choices: Choices):
        super().__init__(data, part=part, choices=choices)
        known = dict(choices.schools)
        named = part.schools if part.schools != "all" else []
        field = self.fields["some_schools"]
        assert isinstance(field, forms.ChoiceField)
        unknown = [(urn, f"{urn}, not on the roll yet") for urn in named if urn not in known]
        field.choices = [*choices.schools, *unknown]

    def more_initial(self, part: AgreementPart) -> dict[str, Any]:
        named = part.schools if part.schools != "all" else []
        return {**super().more_initial(part), "some_schools": list(named)}

    def terms(self) -> dict[str, Any]:
        terms = super().terms()
        some = terms.pop("some_schools")
        return {**terms, "schools": some or "all"}


class LawForm(SectionForm):
    lawful_basis = _text(
        "lawful_basis", "For example: UK GDPR Article 6(1)(e), public task.", rows=2
    )
    legal_gateway = _text(
        "legal_gateway",
        "The Act that allows the sharing, for example Education and Skills Act 2008, section 14; "
        "or why none is needed.",
        rows=2,
    )


class HandlingForm(SectionForm):
    access = _text("access", "Which people or posts at the organisation.")
    transfer = _text("transfer", "For example: by secure file transfer, never by plain email.")
    sent_by = forms.ChoiceField(
        label=_label("sent_by"),
        help_text="The portal makes each file in this way.",
        choices=Way.choices,
        required=False,
        widget=forms.RadioSelect,
    )
    security = _text("security")


class KeepingForm(SectionForm):
    retention_months = forms.IntegerField(
        label=_label("retention_months"),
        help_text="Counted from the day a file is handed over.",
        required=False,
        min_value=0,
        max_value=1200,
        error_messages={"invalid": "Write the months in numbers, like 12"},
        widget=forms.TextInput(attrs={"data-width": 3, "inputmode": "numeric"}),
    )
    deletion = _text("deletion", "How it is done, and how the organisation confirms it.")


class RightsForm(SectionForm):
    rights = _text("rights", "Who answers when a person asks for access, correction or erasure.")


class DatesForm(SectionForm):
    starts = DayField(label=_label("starts"), missing="Write the first day", what="The first day")
    ends = DayField(label=_label("ends"), missing="Write the last day", what="The last day")
    review_on = DayField(
        label=_label("review_on"), missing=None, what="The day", help_text="In the meantime."
    )
    at_end = _text("at_end", "What becomes of the data, and of duties that go on.")

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        starts, ends = data.get("starts"), data.get("ends")
        if starts and ends and ends < starts:
            self.add_error("ends", "The last day must not be before the first")
        return data


class SignatoriesForm(SectionForm):
    signs_for_council = _line("signs_for_council", "Name and post.", max_length=300)
    signs_for_recipient = _line("signs_for_recipient", "Name and post.", max_length=300)


class StatisticsForm(SectionForm):
    statistics_profile = forms.ChoiceField(
        label=_label("statistics_profile"), choices=Profile.choices, widget=forms.RadioSelect
    )
    threshold = forms.IntegerField(
        label=_label("threshold"),
        min_value=1,
        max_value=1000,
        error_messages={
            "required": "Write the threshold",
            "invalid": "Write the threshold in numbers, like 5",
        },
        widget=forms.TextInput(attrs={"data-width": 3, "inputmode": "numeric"}),
    )


SECTION_FORMS: Mapping[Section, type[SectionForm]] = {
    Section.PARTIES: PartiesForm,
    Section.PURPOSE: PurposeForm,
    Section.ITEMS: ItemsForm,
    Section.LAW: LawForm,
    Section.HANDLING: HandlingForm,
    Section.KEEPING: KeepingForm,
    Section.RIGHTS: RightsForm,
    Section.DATES: DatesForm,
    Section.SIGNATORIES: SignatoriesForm,
    Section.STATISTICS: StatisticsForm,
}


class StartForm(forms.Form):
    """What an agreement must have from the first: its reference, parties, form and days."""

    reference = forms.CharField(
        label="Reference",
        help_text="Letters, numbers and - . _ /, for example WIG-FFT. It never changes.",
        max_length=50,
        error_messages={"required": "Write a reference"},
        widget=forms.TextInput(attrs={"data-width": 20, "autocomplete": "off"}),
    )
    title = PartiesForm.base_fields["title"]
    recipient = PartiesForm.base_fields["recipient"]
    audience = PartiesForm.base_fields["audience"]
    kind = PartiesForm.base_fields["kind"]
    form = ItemsForm.base_fields["form"]
    starts = DatesForm.base_fields["starts"]
    ends = DatesForm.base_fields["ends"]

    def __init__(self, *args: Any, choices: Choices, **kwargs: Any):
        super().__init__(*args, **kwargs)
        field = self.fields["recipient"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "Choose"), *choices.recipients]

    def clean_reference(self) -> str:
        reference: str = self.cleaned_data["reference"]
        if not _REFERENCE.fullmatch(reference):
            raise ValidationError("Use letters, numbers and - . _ / only, like WIG-FFT")
        return reference

    clean = DatesForm.clean

    def part(self) -> AgreementPart:
        """The agreement's first terms; all else is still to be written."""
        return AgreementPart(
            **self.cleaned_data,
            version=1,
            purposes=[],
            items=[],
            schools="all",
            signed_on=None,
            terminated_on=None,
            suspensions=[],
            lawful_basis="",
            legal_gateway="",
            special_category_condition="",
            retention_months=None,
            threshold=5,
            review_on=None,
        )


class SignForm(forms.Form):
    """Who signed for each side and when, and the signed PDF."""

    seen = forms.CharField(widget=forms.HiddenInput)
    council_name = forms.CharField(
        label="Who signed for the council?",
        max_length=200,
        error_messages={"required": "Write who signed for the council"},
    )
    council_role = forms.CharField(
        label="Their post", max_length=200, error_messages={"required": "Write their post"}
    )
    council_on = DayField(
        label="When did the council sign?", missing="Write the day", what="The day"
    )
    recipient_name = forms.CharField(
        label="Who signed for the organisation?",
        max_length=200,
        error_messages={"required": "Write who signed for the organisation"},
    )
    recipient_role = forms.CharField(
        label="Their post there", max_length=200, error_messages={"required": "Write their post"}
    )
    recipient_on = DayField(
        label="When did the organisation sign?", missing="Write the day", what="The day"
    )
    document = PdfField(
        label="The signed agreement, with both signatures",
        missing="Choose the PDF of the signed agreement",
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.today = today

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        for name in ("council_on", "recipient_on"):
            if data.get(name) and data[name] > self.today:
                self.add_error(name, "The day must not be in the future")
        return data

    def sides(self) -> tuple[Side, Side]:
        """Who signed for the council, and for the organisation."""
        data = self.cleaned_data
        return (
            Side(data["council_name"], data["council_role"], data["council_on"]),
            Side(data["recipient_name"], data["recipient_role"], data["recipient_on"]),
        )
