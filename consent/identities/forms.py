"""Forms to say whether two records are of one child, and to merge them."""

from typing import Unpack

from django import forms
from django.http import QueryDict

from consent import upn
from consent.identities import merging
from consent.models import Pupil
from consent.queries import pupil_of_present_upn
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.ui.fields import LinesField, RadiosField, TextField
from privacy_portal.ground.ui.form_arguments import Data, FormOptions
from privacy_portal.ground.ui.forms import choose, ids


def _reason(
    label: str = "How do you know?",
    hint: str = "For example, the pupil had a temporary UPN until the permanent one came",
) -> forms.CharField:
    return LinesField(label, hint=hint, missing="Enter how you know", max_length=500, rows=2)


def _upn(label: str, *, missing: str, hint: str = "") -> forms.CharField:
    return TextField(
        label, hint=hint, missing=missing, max_length=20, width=20, autocomplete="off",
        spellcheck=False,
    )  # fmt: skip


class SameChildForm(forms.Form):
    """Whether two records are of the same child."""

    answer = RadiosField(
        "Is this the same child?",
        missing="Select yes if this is the same child",
        choices=[("same", "Yes. Merge the records"), ("another", "No, they are 2 children")],
    )
    reason = _reason()


class SameChildrenForm(forms.Form):
    """Ticked questions in which both records are of the same child."""

    question = forms.TypedMultipleChoiceField(
        coerce=int, error_messages={"required": "Select the pupils who are the same child"}
    )
    reason = _reason()

    def __init__(self, data: Data = None, **more: Unpack[FormOptions]):
        super().__init__(data, **more)
        ticked = self.data.getlist("question") if isinstance(self.data, QueryDict) else []
        # The verb decides which of these the user may answer.
        choose(self, "question", [(str(number), str(number)) for number in ids(ticked)])


class TwoRecordsForm(forms.Form):
    """The present UPNs of both records; a former one is shown on no page (C11)."""

    survivor = _upn("Current UPN", missing="Enter the current UPN")
    duplicate = _upn(
        "UPN of the duplicate record",
        hint="This becomes a former UPN",
        missing="Enter the UPN of the duplicate record",
    )

    def clean(self) -> dict[str, Pupil]:
        records = {}
        for name in ("survivor", "duplicate"):
            if not (number := self.cleaned_data.get(name)):
                continue
            pupil = pupil_of_present_upn(upn.normal(number))
            if pupil is None:
                self.add_error(name, "No pupil has this UPN now")
            else:
                records[name] = pupil
        if len(records) == 2:
            try:
                merging.check_can_merge(records["duplicate"], records["survivor"])
            except NotNowError as error:
                self.add_error("duplicate", str(error))
        return records


class ReasonForm(forms.Form):
    """How an officer knows that both records are of one child."""

    reason = _reason(
        "How do you know this is the same pupil?",
        hint="For example, the school confirmed by phone that the pupil has a new UPN",
    )


class RefusalForm(forms.Form):
    """Why an officer refuses to merge two records."""

    note = LinesField(
        "Why should we keep 2 records?",
        hint="For example, they are twins",
        missing="Enter why we should keep 2 records",
        max_length=500,
        rows=2,
    )


class UndoForm(forms.Form):
    """How an officer knows that two merged records are of two children."""

    reason = _reason(
        "How do you know they are 2 pupils?",
        hint="For example, the school says that they are twins",
    )
