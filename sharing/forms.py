"""Forms of the release desk."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from notices.models import Purpose
from privacy_portal import days
from privacy_portal.ui.fields import DayField
from privacy_portal.ui.files import FileForm
from sharing.models import AgreementVersion


def agreement_choices(form: str | None = None) -> list[tuple[str, str]]:
    """Every agreement that is signed, by its reference; or those of one form. 1 query."""
    newest: dict[str, AgreementVersion] = {}
    versions = AgreementVersion.objects.select_related("agreement").filter(signed_on__isnull=False)
    for version in versions:
        if form is None or version.form == form:
            newest[version.agreement.reference] = version
    return [("", "Choose an agreement")] + [
        (reference, f"{reference}: {version.title}") for reference, version in newest.items()
    ]


class RequestedForm(FileForm):
    """Who asks for what: the agreement, and the recipient's own reference and day (S13)."""

    agreement = forms.ChoiceField(
        label="Agreement", error_messages={"required": "Choose an agreement"}
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
    purpose = forms.ChoiceField(label="Purpose", error_messages={"required": "Choose a purpose"})
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
        purpose.choices = [("", "Choose a purpose")] + [
            (each.code, each.label) for each in Purpose.objects.all()
        ]

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
