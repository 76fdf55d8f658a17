"""Forms of agreements: one to create an agreement, one for each section, one for signatures."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Unpack

from django import forms
from django.core.exceptions import ValidationError

from notices.models import Audience
from privacy_portal.ground import days
from privacy_portal.ground.ui import fields
from privacy_portal.ground.ui.day_fields import DayField
from privacy_portal.ground.ui.form_arguments import Cleaned, Data, FormOptions
from privacy_portal.ground.ui.forms import choose
from sharing.agreements.part import AgreementPart
from sharing.agreements.rules import Section
from sharing.agreements.signing import Side, token_of
from sharing.agreements.terms import FORMS, LABELS, OUTCOMES, VIEWS
from sharing.assessment_rules import Outcome
from sharing.models import AgreementVersion, AmendmentRate, Contributors, Profile, Way, Zeros

_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")


@dataclass(frozen=True, slots=True)
class Choices:
    """The choices of each field of an agreement, as pairs of code and label."""

    recipient: Sequence[tuple[str, str]]
    purposes: Sequence[tuple[str, str]]
    items: Sequence[tuple[str, str]]
    schools: Sequence[tuple[str, str]]


def _label(name: str) -> str:
    return LABELS[name][1]


def _line(name: str, hint: str, max_length: int = 200) -> fields.TextField:
    return fields.TextField(_label(name), hint=hint, max_length=max_length)


def _text(name: str, hint: str = "", rows: int = 4) -> fields.LinesField:
    return fields.LinesField(_label(name), hint=hint, max_length=10_000, rows=rows)


class SectionForm(forms.Form):
    """A section of a draft; `seen` is the token of the terms when the page was opened.

    Only what an agreement always has is required: a draft may wait for the rest.
    """

    seen = fields.HiddenField()

    def __init__(self, data: Data = None, *, part: AgreementPart, choices: Choices):
        terms = {name: getattr(part, name) for name in self.base_fields if hasattr(part, name)}
        super().__init__(data, initial={**terms, **self.more_initial(part)})
        for name in ("recipient", "purposes", "items"):
            if name in self.fields:
                choose(self, name, getattr(choices, name))

    def more_initial(self, part: AgreementPart) -> Cleaned:
        """Return the initial values of fields that are not terms."""
        return {"seen": token_of(part)}

    def terms(self) -> Cleaned:
        """Return the terms in the form, by the names of their fields in the policy file."""
        return {
            name: value.replace("\r\n", "\n").strip() if isinstance(value, str) else value
            for name, value in self.cleaned_data.items()
            if name != "seen"
        }


class PartiesForm(SectionForm):
    title = fields.TextField(_label("title"), missing="Enter a title", max_length=300)
    recipient = fields.SelectField(_label("recipient"), missing="Select an organisation")
    audience = fields.RadiosField(
        _label("audience"), missing="Select whose data is shared", choices=Audience.choices
    )
    kind = fields.RadiosField(
        _label("kind"), missing="Select a type of agreement", choices=AgreementVersion.Kind.choices
    )
    roles = _text("roles", "For example, both decide for themselves how they use it.")
    contact_name = _line("contact_name", "A name or a job title. For example, Data manager.")
    contact_email = fields.EmailField(
        _label("contact_email"), hint="We’ll send reminders to delete data to this address."
    )


class PurposeForm(SectionForm):
    purposes = fields.CheckboxesField(_label("purposes"))
    benefit = _text("benefit", "For children, schools or the public.")


class ItemsForm(SectionForm):
    form = fields.RadiosField(
        _label("form"), missing="Select a type of data", choices=list(FORMS.items())
    )
    items = fields.CheckboxesField(_label("items"), hint="Only include what is needed.")
    special_category_condition = _text(
        "special_category_condition",
        "Only needed if you share special category data, such as ethnicity or health. For example, "
        "substantial public interest, UK GDPR Article 9(2)(g).",
        rows=2,
    )
    some_schools = fields.CheckboxesField("Schools", hint="Leave blank for all schools.")

    def __init__(self, data: Data = None, *, part: AgreementPart, choices: Choices):
        super().__init__(data, part=part, choices=choices)
        by_urn = dict(choices.schools)
        named = part.schools if part.schools != "all" else []
        unknown = [(urn, f"{urn}, no pupil records yet") for urn in named if urn not in by_urn]
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
        "lawful_basis", "For example, UK GDPR Article 6(1)(e), public task.", rows=2
    )
    legal_gateway = _text(
        "legal_gateway",
        "The Act that allows the sharing. For example, Education and Skills Act 2008, section 14. "
        "If none is needed, say why.",
        rows=2,
    )


class AssessmentForm(SectionForm):
    dpia_reference = _line("dpia_reference", "Leave blank if no DPIA is needed.")
    dpia_outcome = fields.RadiosField(
        _label("dpia_outcome"),
        choices=list(OUTCOMES.items()),
        hints={
            Outcome.RISK_ACCEPTED: "You must consult the ICO before you share anything "
            "(UK GDPR Article 36).",
            Outcome.NOT_NEEDED: "For example, because an existing assessment covers this sharing.",
        },
    )
    dpia_reason = _text("dpia_reason", "Leave blank if no high risk is left.")
    dpo_view = fields.RadiosField(_label("dpo_view"), choices=list(VIEWS.items()))
    dpo_advice = _text("dpo_advice", "Give any conditions, or the reasons for advising against.")
    dpo_on = DayField(_label("dpo_on"), what="Date of their view")
    against_advice = _text("against_advice", "Only needed if they advise against.")

    def clean_dpo_on(self) -> date | None:
        on: date | None = self.cleaned_data["dpo_on"]
        if on and on > days.today():
            raise ValidationError("Date of their view must be today or in the past")
        return on


class HandlingForm(SectionForm):
    access = _text("access", "People or job titles at the organisation.")
    transfer = _text("transfer", "For example, by secure file transfer, never by plain email.")
    sent_by = fields.RadiosField(
        _label("sent_by"), hint="We create each file in this format.", choices=Way.choices
    )
    security = _text("security")
    amendments = fields.SelectField(
        _label("amendments"),
        hint="Only if they ask for it: a file of what was corrected since, and what they need to delete.",
        choices=[("", "No amendments"), *AmendmentRate.choices],
    )


class KeepingForm(SectionForm):
    retention_months = fields.NumberField(
        _label("retention_months"),
        hint="Counted from the day a file is handed over.",
        min_value=0,
        max_value=1200,
        width=3,
        errors={"invalid": "Retention period must be a whole number of months, like 12"},
    )
    deletion = _text("deletion", "How it is deleted, and how the organisation confirms it.")


class RightsForm(SectionForm):
    rights = _text("rights", "Who responds when someone asks for access, correction or erasure.")


class DatesForm(SectionForm):
    starts = DayField(_label("starts"), missing="Enter the start date", what="Start date")
    ends = DayField(_label("ends"), missing="Enter the end date", what="End date")
    review_on = DayField(
        _label("review_on"), hint="A date before the agreement ends.", what="Next review date"
    )
    at_end = _text("at_end", "What happens to the data and any continuing duties.")

    def clean(self) -> dict[str, object]:
        data = self.cleaned_data
        starts, ends = data.get("starts"), data.get("ends")
        if starts and ends and ends < starts:
            self.add_error("ends", "End date must be the same as or after the start date")
        return data


class SignatoriesForm(SectionForm):
    signs_for_council = _line("signs_for_council", "Name and job title.", max_length=300)
    signs_for_recipient = _line("signs_for_recipient", "Name and job title.", max_length=300)


class StatisticsForm(SectionForm):
    statistics_profile = fields.RadiosField(
        _label("statistics_profile"), missing="Select a method", choices=Profile.choices
    )
    threshold = fields.NumberField(
        _label("threshold"),
        missing="Enter a threshold",
        min_value=1,
        max_value=1000,
        width=3,
        errors={"invalid": "Threshold must be a whole number, like 5"},
    )
    statistics_zeros = fields.RadiosField(
        _label("statistics_zeros"),
        hint="Hide zeros where “nobody” says something about everybody in a group.",
        missing="Select whether zeros are shown",
        choices=Zeros.choices,
    )
    statistics_contributors = fields.RadiosField(
        _label("statistics_contributors"),
        hint="With 2 schools in a total, each can subtract its own number and is left with the other’s.",
        missing="Select whether numbers are protected against those who know their own",
        choices=Contributors.choices,
    )

    def clean(self) -> dict[str, object]:
        data = self.cleaned_data
        if data.get("statistics_profile") == Profile.NCMP_2020:
            for name, usual in (
                ("statistics_zeros", Zeros.SHOW),
                ("statistics_contributors", Contributors.TRUST),
            ):
                if data.get(name, usual) != usual:
                    self.add_error(
                        name, "The National Child Measurement Programme’s method hides nothing"
                    )
        return data


SECTION_FORMS: Mapping[Section, type[SectionForm]] = {
    Section.PARTIES: PartiesForm,
    Section.PURPOSE: PurposeForm,
    Section.ITEMS: ItemsForm,
    Section.LAW: LawForm,
    Section.ASSESSMENT: AssessmentForm,
    Section.HANDLING: HandlingForm,
    Section.KEEPING: KeepingForm,
    Section.RIGHTS: RightsForm,
    Section.DATES: DatesForm,
    Section.SIGNATORIES: SignatoriesForm,
    Section.STATISTICS: StatisticsForm,
}


class StartForm(forms.Form):
    """What an agreement must have from the start: reference, parties, type of data and dates."""

    reference = fields.TextField(
        "Reference",
        hint="Use letters, numbers, hyphens, full stops, underscores and slashes. "
        "For example, WIG-FFT. You cannot change this later.",
        missing="Enter a reference",
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

    def __init__(self, data: Data = None, *, choices: Choices, **more: Unpack[FormOptions]):
        super().__init__(data, **more)
        choose(self, "recipient", [("", "Select an organisation"), *choices.recipient])

    def clean_reference(self) -> str:
        reference: str = self.cleaned_data["reference"]
        if not _REFERENCE.fullmatch(reference):
            raise ValidationError(
                "Reference must only include letters, numbers, hyphens, full stops, underscores and "
                "slashes"
            )
        return reference

    clean = DatesForm.clean

    def part(self) -> AgreementPart:
        """Return the first terms of the agreement; all others are empty."""
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

    seen = fields.HiddenField(required=True)
    council_name = fields.TextField(
        "Who signed for the council?", missing="Enter who signed for the council", max_length=200
    )
    council_role = fields.TextField(
        "Job title of the council’s signatory", missing="Enter their job title", max_length=200
    )
    council_on = DayField(
        "Date the council signed",
        missing="Enter the date the council signed",
        what="Date the council signed",
    )
    recipient_name = fields.TextField(
        "Who signed for the organisation?",
        missing="Enter who signed for the organisation",
        max_length=200,
    )
    recipient_role = fields.TextField(
        "Job title of the organisation’s signatory", missing="Enter their job title", max_length=200
    )
    recipient_on = DayField(
        "Date the organisation signed",
        missing="Enter the date the organisation signed",
        what="Date the organisation signed",
    )
    document = fields.PdfField(
        "Signed agreement, with both signatures", missing="Select the signed agreement"
    )

    def __init__(self, data: Data = None, *, today: date, **more: Unpack[FormOptions]):
        super().__init__(data, **more)
        self.today = today

    def clean(self) -> dict[str, object]:
        data = self.cleaned_data
        for name in ("council_on", "recipient_on"):
            if data.get(name) and data[name] > self.today:
                self.add_error(name, "Date must be today or in the past")
        return data

    def sides(self) -> tuple[Side, Side]:
        """Return who signed for the council and for the organisation."""
        data = self.cleaned_data
        return (
            Side(data["council_name"], data["council_role"], data["council_on"]),
            Side(data["recipient_name"], data["recipient_role"], data["recipient_on"]),
        )
