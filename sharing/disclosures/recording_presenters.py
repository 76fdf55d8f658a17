"""What an officer is about to record, in words, for the page on which it is checked."""

from collections.abc import Mapping
from typing import Any

from django import forms

from consent.models import Pupil
from privacy_portal.ground.days import in_words
from sharing.deciding.deciding import ExtractDecision
from sharing.disclosures.after_the_fact import PastDisclosure, PastReceipt
from sharing.disclosures.recording_forms import RecordForm
from sharing.disclosures.sentences import about_whom, of_reason
from sharing.rules import Outcome

HEADINGS = {"given": "Record something shared", "received": "Record something received"}
VERDICTS = {
    Outcome.RELEASED: "The rules allow this.",
    Outcome.REDUCED: "The rules do not allow all of this.",
    Outcome.REFUSED: "The rules do not allow this.",
}


def past_in_words(
    form: RecordForm,
    past: PastDisclosure,
    pupils: Mapping[str, Pupil],
    decision: ExtractDecision,
    *,
    organisation: str,
) -> dict[str, Any]:
    """Return what was shared with whom about which pupils, and what the rules say of it."""
    different = list({pupil.pk: pupil for pupil in pupils.values()}.values())
    strangers = [number for number in past.upns if number not in pupils]
    others = len(strangers) + past.unnamed
    destroying = in_words(past.destroy_by) if past.destroy_by else "No date was agreed"
    return {
        "kind": "given",
        "heading": "Check what you are about to record",
        "rows": [
            ("Organisation", organisation or "Not known"),
            *_rows(form),
            ("Delete by", "As the agreement says" if past.agreement else destroying),
            ("About", about_whom(len(different), others)),
        ],
        "pupils": different,
        "strangers": strangers,
        "unnamed": past.unnamed,
        "verdict": VERDICTS[decision.outcome],
        "allowed": decision.outcome is Outcome.RELEASED,
        "why": _why(form, past, decision),
        "note": past.note,
    }


def receipt_in_words(form: RecordForm, receipt: PastReceipt) -> dict[str, Any]:
    """Return what was received from whom."""
    return {
        "kind": "received",
        "heading": "Check what you are about to record",
        "rows": [("Organisation", receipt.version.recipient.name), *_rows(form)],
        "note": receipt.note,
    }


def _rows(form: RecordForm) -> list[tuple[str, str]]:
    data = form.cleaned_data
    rows = [("Agreement", _label(form, "agreement"))]
    rows += [
        ("Purpose", _label(form, "purpose")),
        ("Date", in_words(data["on"])),
        ("Method", _label(form, "means")),
        ("Information", "; ".join(_labels(form, "items")) or "Not listed"),
    ]
    if data["request_reference"]:
        rows.append(("Organisation’s reference", data["request_reference"]))
    return rows


def _why(form: RecordForm, past: PastDisclosure, decision: ExtractDecision) -> list[str]:
    whole = [of_reason(reason, past.agreement) for reason in decision.reasons]
    labels = _choices(form, "items")
    columns = [
        f"{labels.get(column.heading, column.heading)}: {column.reason.sentence}"
        for column in decision.columns
        if column.reason is not None
    ]
    people = [
        f"{number:,} of {len(past.upns) + past.unnamed:,} people: {reason.sentence}"
        for (_, reason), number in decision.reason_counts.items()
    ]
    return [*whole, *columns, *people]


def _choices(form: RecordForm, name: str) -> dict[str, str]:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    choices: Any = field.choices
    return {str(value): str(label) for value, label in choices}


def _label(form: RecordForm, name: str) -> str:
    return _choices(form, name)[form.cleaned_data[name]]


def _labels(form: RecordForm, name: str) -> list[str]:
    labels = _choices(form, name)
    return [labels[code] for code in form.cleaned_data[name]]
