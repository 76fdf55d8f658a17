"""Forms of the release desk."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from notices.models import Purpose
from privacy_portal import days
from privacy_portal.ui.fields import DayField
from privacy_portal.ui.files import FileForm
from sharing import rules
from sharing.models import AgreedPurpose, AgreementVersion
from sharing.policy import agreement_facts


def agreement_choices(form: str | None = None) -> list[tuple[str, str]]:
    """Every agreement that is signed, by its reference, or those of one form: first those in force,
    then the others with what they are. 2 queries."""
    today = days.today()
    newest = _newest(form)
    held = {reference: _why_not(version, today) for reference, version in newest.items()}
    ordered = sorted(newest, key=lambda reference: bool(held[reference]))
    return [("", "Select an agreement")] + [
        (reference, f"{reference}: {newest[reference].title}{held[reference]}")
        for reference in ordered
    ]


def purpose_choices() -> list[tuple[str, str]]:
    """Every purpose with the agreements in force that cover it; then those that none covers. 4
    queries."""
    today = days.today()
    covered: dict[str, list[str]] = defaultdict(list)
    in_force = {
        version.pk: reference
        for reference, version in _newest(None).items()
        if not _why_not(version, today)
    }
    for each in AgreedPurpose.objects.filter(version__in=in_force).select_related("purpose"):
        covered[each.purpose.code].append(in_force[each.version_id])
    purposes = sorted(Purpose.objects.all(), key=lambda each: each.code not in covered)
    return [("", "Select a purpose")] + [
        (each.code, f"{each.label} ({', '.join(covered[each.code]) or 'no agreement in force'})")
        for each in purposes
    ]


def _newest(form: str | None) -> dict[str, AgreementVersion]:
    """The version of each signed agreement that answers today, else its newest; 2 queries."""
    by_reference: dict[str, list[AgreementVersion]] = defaultdict(list)
    versions = AgreementVersion.objects.select_related("agreement", "recipient").prefetch_related(
        "suspensions"
    )
    for version in versions.filter(signed_on__isnull=False):
        if form is None or version.form == form:
            by_reference[version.agreement.reference].append(version)
    found = {}
    for reference, ones in by_reference.items():
        facts = {agreement_facts(each, purposes=(), items=()): each for each in ones}
        answering = rules.version_for(facts, days.today())
        found[reference] = facts[answering] if answering else ones[-1]
    return found


def _why_not(version: AgreementVersion, on: date) -> str:
    """Why a version is not in force on the day, to stand behind its title; empty where it is."""
    reasons = rules.agreement_reasons(agreement_facts(version, purposes=(), items=()), on)
    if not reasons:
        return ""
    return {
        rules.Reason.NOT_SIGNED: " (not signed yet)",
        rules.Reason.NOT_STARTED: f" (from {days.in_words(version.starts)})",
        rules.Reason.EXPIRED: f" (ended {days.in_words(version.ends)})",
        rules.Reason.TERMINATED: " (terminated)",
        rules.Reason.SUSPENDED: " (suspended)",
    }[reasons[0]]


class RequestedForm(FileForm):
    """Who asks for what: the agreement, and the recipient's own reference and day (S13)."""

    agreement = forms.ChoiceField(
        label="Agreement", error_messages={"required": "Select an agreement"}
    )
    request_reference = forms.CharField(
        label="The organisation’s reference (optional)",
        help_text="If it asked for the data: its reference for the request.",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"data-width": 20, "autocomplete": "off"}),
    )
    requested_on = DayField(
        label="When did it ask? (optional)",
        missing=None,
        what="The day",
        help_text="For example, 4 1 2027",
    )

    aggregate: str | None = None

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        field = self.fields["agreement"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = agreement_choices(self.aggregate)

    def clean_requested_on(self) -> Any:
        on = self.cleaned_data["requested_on"]
        if on and on > days.today():
            raise ValidationError("The day must not be in the future")
        return on


class ExtractForm(RequestedForm):
    """An extract to check: agreement, purpose, the file or pasted rows, the request."""

    field_order: tuple[str, ...] = (
        "agreement", "purpose", "file", "pasted", "request_reference", "requested_on",
    )  # fmt: skip
    otherwise = "Split it, or release it with the command `disclosure release`."
    purpose = forms.ChoiceField(
        label="Purpose",
        help_text="Each names the agreements that cover it. Under any other agreement it is refused.",
        error_messages={"required": "Select a purpose"},
    )
    file = forms.FileField(
        label="Extract",
        help_text="A CSV or Excel file whose first line names the columns, or a CTF file (XML).",
        required=False,
        error_messages={"empty": "The file is empty", "invalid": "Choose a file"},
    )
    pasted = forms.CharField(
        label="Or paste the rows",
        help_text="With the line that names the columns, as copied from a spreadsheet.",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"data-rows": 5, "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        purpose = self.fields["purpose"]
        assert isinstance(purpose, forms.ChoiceField)
        purpose.choices = purpose_choices()

    def clean_file(self) -> Any:
        return super().clean_file() if self.cleaned_data.get("file") else None

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        there = bool(data.get("file")), bool((data.get("pasted") or "").strip())
        if self.errors.get("file") or self.errors.get("pasted"):
            return data
        if there == (False, False):
            self.add_error("file", "Choose a file, or paste the rows")
        elif there == (True, True):
            self.add_error("pasted", "Choose a file or paste the rows, not both")
        return data


class HeadingsForm(forms.Form):
    """What stands under each heading that no item has; `proposals` were said before."""

    def __init__(
        self,
        *args: Any,
        headings: Sequence[str],
        items: Sequence[tuple[str, str]],
        proposals: Mapping[str, str],
        **kwargs: Any,
    ):
        super().__init__(*args, **kwargs)
        self.headings, self.proposals = headings, proposals
        for place, heading in enumerate(headings):
            before = " You chose this last time." if heading in proposals else ""
            self.fields[f"heading_{place}"] = forms.ChoiceField(
                label=heading.strip(),
                help_text=f"Leave it out if you are not sure.{before}",
                choices=[("", "Leave it out"), *items],
                required=False,
                initial=proposals.get(heading, ""),
            )

    def chosen(self) -> dict[str, str]:
        """The code of the item chosen for each heading; empty for one to leave out."""
        return {
            heading: self.cleaned_data[f"heading_{place}"]
            for place, heading in enumerate(self.headings)
        }


class ReturnForm(forms.Form):
    comment = forms.CharField(
        label="What is to be mended?",
        max_length=1000,
        widget=forms.Textarea(attrs={"data-rows": 3}),
    )


class SignOffForm(forms.Form):
    note = forms.CharField(
        label="Note (optional)",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"data-rows": 2}),
    )
