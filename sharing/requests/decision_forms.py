"""Forms to decide on a request for data, to record what was shared, and to answer the asker."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Unpack
from uuid import uuid4

from django import forms

from consent.models import Pupil
from privacy_portal.ground.days import in_words
from privacy_portal.ground.ui import fields
from privacy_portal.ground.ui.day_fields import DayField
from privacy_portal.ground.ui.form_arguments import Data, FormOptions
from privacy_portal.ground.ui.forms import PastForm, PastOptions, choose
from sharing import request_rules as rules
from sharing.disclosures.recording_forms import BY_HAND
from sharing.models import Override, RequestDecision, RequestDetails
from sharing.requests import words

SHARE, REFUSE = "share", "refuse"
NOTHING_CHOSEN = {
    "items": "Select the information that you share, or select “Do not share”",
    "words": "Enter the information that you share, or select “Do not share”",
}
YES, NO = "yes", "no"
AGREED, THEIR_OWN = "agreed", "their-own"


class DecisionForm(forms.Form):
    """Whether to share, what about whom, and why: a question for each pupil."""

    seen = fields.HiddenField()
    share = fields.RadiosField(
        "What do you decide?",
        missing="Select whether to share",
        choices=[(SHARE, "Share some or all of it"), (REFUSE, "Do not share")],
    )
    items = fields.CheckboxesField(
        "Which information do you share?",
        hint="Select only what is needed. Leave this empty if you do not share.",
    )
    words = fields.LinesField(
        "What else do you share? (optional)",
        hint="What kind of information it is. Do not enter the information itself. Families may see this.",
        max_length=1000,
        rows=2,
    )
    others = fields.NumberField(
        "About how many people who are not in our pupil records?",
        min_value=0,
        width=5,
        errors={"invalid": "Enter a whole number, like 2"},
    )
    ground = fields.RadiosField(
        "Why do you share despite an opt-out?",
        hint="Only answer this if you share more than basic details about a pupil who is opted out.",
        choices=Override.Ground.choices,
    )
    harmful = fields.RadiosField(
        "Would sharing harm the child more than not sharing?",
        hint="Section 16LA of the Children Act 2004 asks this.",
        choices=[(NO, "No"), (YES, "Yes, so we do not share")],
    )
    harm_words = fields.LinesField(
        "Why?", hint="What could happen to the child either way?", max_length=1000, rows=2
    )
    reasons = fields.LinesField(
        "Reasons for your decision", missing="Enter the reasons for your decision", max_length=2000
    )

    def __init__(
        self,
        data: Data = None,
        *,
        details: RequestDetails,
        labels: Mapping[str, str],
        pupils: Sequence[tuple[Pupil, Sequence[rules.Option]]],
        **more: Unpack[FormOptions],
    ):
        self.details, self.pupils = details, pupils
        super().__init__(data, **more)
        choose(self, "items", [(code, labels.get(code, code)) for code in details.items])
        for pupil, options in self.pupils:
            self.fields[name_of(pupil)] = fields.RadiosField(
                f"{pupil.forename} {pupil.surname}, born {in_words(pupil.born)}",
                required=False,
                choices=[
                    (option.choice.code, words.option_in_words(option, labels))
                    for option in options
                ],
                initial=rules.NOTHING.code,
            )
        despite = any(option.choice.despite for _, options in self.pupils for option in options)
        absent = {
            "items": not details.items,
            "words": not details.words,
            "others": not details.others,
            "ground": not despite,
            "harmful": details.power != rules.Power.SECTION_16LA,
            "harm_words": details.power != rules.Power.SECTION_16LA,
        }
        for name in [name for name, left in absent.items() if left]:
            del self.fields[name]
        self.order_fields(["seen", "share", "items", "words", *self.pupil_fields, "others"])

    @property
    def pupil_fields(self) -> list[str]:
        """Return the names of the fields of pupils."""
        return [name_of(pupil) for pupil, _ in self.pupils]

    def clean(self) -> dict[str, object]:
        data = self.cleaned_data
        if "harmful" in self.fields:
            if not data.get("harmful"):
                self.add_error("harmful", "Select whether sharing would harm the child more")
            if "harm_words" in data and not data["harm_words"]:
                self.add_error("harm_words", "Enter why")
        if data.get("share") == SHARE and data.get("harmful") == YES:
            self.add_error("share", "If sharing would harm the child more, select “Do not share”")
        if data.get("share") == SHARE and not data.get("items") and not data.get("words"):
            name = "items" if "items" in self.fields else "words"
            self.add_error(name, NOTHING_CHOSEN[name])
        return data

    def choices(self) -> dict[int, str]:
        """Return the choice for each pupil, by id."""
        chosen = {pupil.pk: self.cleaned_data.get(name_of(pupil)) for pupil, _ in self.pupils}
        return {pupil: code or rules.NOTHING.code for pupil, code in chosen.items()}


def name_of(pupil: Pupil) -> str:
    """Return the name of a pupil's field, which names nobody."""
    return f"pupil-{pupil.reference}"


class AnswerForm(forms.Form):
    """A second officer's note; sending back needs one."""

    note = fields.LinesField("Note", max_length=1000, rows=2)


class KeepingForm(forms.Form):
    """The day by which what is shared must be deleted, if one was agreed."""

    # The day of sharing, where the form does not ask for it.
    today: date
    keeping = fields.RadiosField(
        "When must they delete it?",
        missing="Select when they must delete it",
        choices=[
            (AGREED, "By an agreed date"),
            (THEIR_OWN, "When they no longer need it, by their own rules"),
        ],
    )
    destroy_by = DayField("Agreed date", hint="For example, 31 8 2027", what="Agreed date")

    def clean(self) -> dict[str, object]:
        data: dict[str, Any] = self.cleaned_data
        if data.get("keeping") == THEIR_OWN:
            data["destroy_by"] = None
        elif data.get("keeping") and "destroy_by" in data and not data["destroy_by"]:
            self.add_error("destroy_by", "Enter the agreed date")
        day, on = data.get("destroy_by"), data.get("on") or self.today
        if day and day < on:
            message = "Agreed date must be the same as or after the date it was shared"
            self.add_error("destroy_by", message)
        return data


class GivenForm(PastForm, KeepingForm):
    """What was shared on a request, as decided or not."""

    submission = fields.HiddenIdField(initial=uuid4)
    means = fields.RadiosField(
        "How was it shared?", missing="Select how it was shared", choices=BY_HAND
    )
    pupils = fields.CheckboxesField("Who was it about?")
    others = fields.NumberField(
        "How many people who are not in our pupil records?",
        min_value=0,
        width=5,
        errors={"invalid": "Enter a whole number, like 2"},
    )
    items = fields.CheckboxesField("What information was shared?")
    beyond = fields.CheckboxField("Something was shared that was not decided. We open an incident.")
    note = fields.LinesField(
        "What happened?",
        hint="Include who you spoke or wrote to.",
        missing="Enter what happened",
        max_length=1000,
    )
    field_order = (
        "submission", "on", "means", "pupils", "others", "items", "beyond", "keeping", "destroy_by",
        "note",
    )  # fmt: skip

    def __init__(
        self,
        data: Data = None,
        *,
        decision: RequestDecision,
        details: RequestDetails,
        labels: Mapping[str, str],
        **more: Unpack[PastOptions],
    ):
        super().__init__(data, **more)
        rows = list(decision.pupils.all())
        choose(
            self,
            "pupils",
            [(str(row.pupil.reference), words.decided_in_words(row, labels)) for row in rows],
        )
        items = [
            (code, labels.get(code, code) + ("" if code in decision.items else NOT_DECIDED))
            for code in details.items
        ]
        choose(self, "items", items)
        for name, left in (
            ("pupils", not rows), ("others", not details.others), ("items", not details.items),
        ):  # fmt: skip
            if left:
                del self.fields[name]

    def clean(self) -> dict[str, object]:
        data = self.cleaned_data
        if not data.get("pupils") and not data.get("others"):
            name = "pupils" if "pupils" in self.fields else "others"
            self.add_error(name, "Enter who it was about")
        return super().clean()


NOT_DECIDED = " (you did not decide to share this)"


class StepForm(PastForm):
    """A note, that the answer was sent, or that the asker withdrew the request."""

    kind = fields.RadiosField("What happened?", missing="Select what happened")
    note = fields.LinesField(
        "Details", hint="For example, how you sent the answer and who to.", max_length=1000
    )
    field_order = ("kind", "on", "note")


class MoreForm(forms.Form):
    """What the asker is asked for."""

    points = fields.CheckboxesField(
        "What do you need from them?",
        missing="Select what you need from them",
        choices=list(words.POINTS.items()),
    )
