"""Forms of the officers who keep agreements: one for each section, and for what befalls one."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Unpack

from django import forms
from django.core.exceptions import ValidationError

from notices.models import Audience
from privacy_portal.ground.ui.day_fields import DayField
from privacy_portal.ground.ui.fields import (
    CheckboxesField,
    EmailField,
    HiddenField,
    LinesField,
    NumberField,
    PdfField,
    RadiosField,
    SelectField,
    TextField,
)
from privacy_portal.ground.ui.form_arguments import Cleaned, Data, Files, FormOptions
from privacy_portal.ground.ui.forms import choose
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


def _line(name: str, hint: str, max_length: int = 200) -> TextField:
    return TextField(_label(name), hint=hint, max_length=max_length)


def _text(name: str, hint: str = "", rows: int = 4) -> LinesField:
    return LinesField(_label(name), hint=hint, max_length=10_000, rows=rows)


class SectionForm(forms.Form):
    """A part of a draft; what was on the page when it was opened travels along as `seen`.

    Nothing but what an agreement always has is required here: a draft may wait for the rest.
    """

    seen = HiddenField()

    def __init__(self, data: Data = None, *, part: AgreementPart, choices: Choices):
        self.part, self.choices = part, choices
        known = {name: getattr(part, name) for name in self.base_fields if hasattr(part, name)}
        super().__init__(data, initial={**known, **self.more_initial(part)})
        for name in ("recipient", "purposes", "items", "schools"):
            if name in self.fields:
                choose(self, name, self.choices_of(name))

    def more_initial(self, part: AgreementPart) -> Cleaned:
        """What fields begin with that are no terms by their names."""
        return {"seen": token_of(part)}

    def choices_of(self, name: str) -> list[tuple[str, str]]:
        """What can be chosen in the field."""
        return list(getattr(self.choices, "recipients" if name == "recipient" else name))

    def terms(self) -> Cleaned:
        """The terms written, by the names of their fields in the policy file."""
        return {
            name: value.replace("\r\n", "\n").strip() if isinstance(value, str) else value
            for name, value in self.cleaned_data.items()
            if name != "seen"
        }


class PartiesForm(SectionForm):
    title = TextField(_label("title"), missing="Write a title", max_length=300)
    recipient = SelectField(_label("recipient"), missing="Choose the organisation")
    audience = RadiosField(_label("audience"), choices=Audience.choices, required=True)
    kind = RadiosField(_label("kind"), choices=AgreementVersion.Kind.choices, required=True)
    roles = _text("roles", "For example: both decide for themselves how they use it.")
    contact_name = _line("contact_name", "A name or a post, for example Data manager.")
    contact_email = EmailField(
        _label("contact_email"), hint="Reminders that data must be destroyed go there."
    )


class PurposeForm(SectionForm):
    purposes = CheckboxesField(_label("purposes"))
    benefit = _text("benefit", "For children, schools or the public.")


class ItemsForm(SectionForm):
    form = RadiosField(_label("form"), choices=list(FORMS.items()), required=True)
    items = CheckboxesField(_label("items"), hint="No more than the purpose needs.")
    special_category_condition = _text(
        "special_category_condition",
        "Only where ethnicity, health or the like is shared. For example: substantial public "
        "interest, UK GDPR Article 9(2)(g).",
        rows=2,
    )
    some_schools = CheckboxesField("Only these schools", hint="Choose none for all schools.")

    def __init__(self, data: Data = None, *, part: AgreementPart, choices: Choices):
        super().__init__(data, part=part, choices=choices)
        known = dict(choices.schools)
        named = part.schools if part.schools != "all" else []
        unknown = [(urn, f"{urn}, not on the roll yet") for urn in named if urn not in known]
        choose(self, "some_schools", [*choices.schools, *unknown])

    def more_initial(self, part: AgreementPart) -> Cleaned:
        named = part.schools if part.schools != "all" else []
        return {**super().more_initial(part), "some_schools": list(named)}

    def terms(self) -> Cleaned:
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
    sent_by = RadiosField(
        _label("sent_by"), hint="The portal makes each file in this way.", choices=Way.choices
    )
    security = _text("security")


class KeepingForm(SectionForm):
    retention_months = NumberField(
        _label("retention_months"),
        hint="Counted from the day a file is handed over.",
        min_value=0,
        max_value=1200,
        width=3,
        errors={"invalid": "Write the months in numbers, like 12"},
    )
    deletion = _text("deletion", "How it is done, and how the organisation confirms it.")


class RightsForm(SectionForm):
    rights = _text("rights", "Who answers when a person asks for access, correction or erasure.")


class DatesForm(SectionForm):
    starts = DayField(_label("starts"), missing="Write the first day", what="The first day")
    ends = DayField(_label("ends"), missing="Write the last day", what="The last day")
    review_on = DayField(_label("review_on"), hint="In the meantime.", what="The day")
    at_end = _text("at_end", "What becomes of the data, and of duties that go on.")

    def clean(self) -> dict[str, object]:
        data = self.cleaned_data
        starts, ends = data.get("starts"), data.get("ends")
        if starts and ends and ends < starts:
            self.add_error("ends", "The last day must not be before the first")
        return data


class SignatoriesForm(SectionForm):
    signs_for_council = _line("signs_for_council", "Name and post.", max_length=300)
    signs_for_recipient = _line("signs_for_recipient", "Name and post.", max_length=300)


class StatisticsForm(SectionForm):
    statistics_profile = RadiosField(
        _label("statistics_profile"), choices=Profile.choices, required=True
    )
    threshold = NumberField(
        _label("threshold"),
        missing="Write the threshold",
        min_value=1,
        max_value=1000,
        width=3,
        errors={"invalid": "Write the threshold in numbers, like 5"},
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

    reference = TextField(
        "Reference",
        hint="Letters, numbers and - . _ /, for example WIG-FFT. It never changes.",
        missing="Write a reference",
        max_length=50,
        width=20,
        autocomplete="off",
    )
    title = PartiesForm.base_fields["title"]
    recipient = PartiesForm.base_fields["recipient"]
    audience = PartiesForm.base_fields["audience"]
    kind = PartiesForm.base_fields["kind"]
    form = ItemsForm.base_fields["form"]
    starts = DatesForm.base_fields["starts"]
    ends = DatesForm.base_fields["ends"]

    def __init__(
        self,
        data: Data = None,
        files: Files = None,
        *,
        choices: Choices,
        **more: Unpack[FormOptions],
    ):
        super().__init__(data, files, **more)
        choose(self, "recipient", [("", "Choose"), *choices.recipients])

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

    seen = HiddenField(required=True)
    council_name = TextField(
        "Who signed for the council?", missing="Write who signed for the council", max_length=200
    )
    council_role = TextField("Their post", missing="Write their post", max_length=200)
    council_on = DayField("When did the council sign?", missing="Write the day", what="The day")
    recipient_name = TextField(
        "Who signed for the organisation?",
        missing="Write who signed for the organisation",
        max_length=200,
    )
    recipient_role = TextField("Their post there", missing="Write their post", max_length=200)
    recipient_on = DayField(
        "When did the organisation sign?", missing="Write the day", what="The day"
    )
    document = PdfField(
        "The signed agreement, with both signatures",
        missing="Choose the PDF of the signed agreement",
    )

    def __init__(
        self, data: Data = None, files: Files = None, *, today: date, **more: Unpack[FormOptions]
    ):
        super().__init__(data, files, **more)
        self.today = today

    def clean(self) -> dict[str, object]:
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
