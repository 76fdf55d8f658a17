"""Forms to answer questions that an import leaves open."""

from typing import Unpack

from django import forms
from django.http import QueryDict

from consent.identity_rules import WORDS
from privacy_portal.ground.ui.fields import CheckboxField, LinesField, RadiosField
from privacy_portal.ground.ui.form_arguments import Data, Files, FormOptions
from privacy_portal.ground.ui.forms import choose


def _reason() -> forms.CharField:
    return LinesField(
        "How do you know?",
        hint="For example, the pupil had a temporary UPN until the permanent one came",
        missing="Enter how you know",
        max_length=500,
        rows=2,
    )


class SameChildForm(forms.Form):
    """Whether two records are of the same child."""

    answer = RadiosField(
        "Is this the same child?",
        missing="Select yes if this is the same child",
        choices=[
            ("same", "Yes. Merge the records"),
            ("another", "No, they are 2 children"),
        ],
    )
    reason = _reason()


class SameChildrenForm(forms.Form):
    """Ticked questions in which both records are of the same child."""

    question = forms.TypedMultipleChoiceField(
        coerce=int, error_messages={"required": "Select the pupils who are the same child"}
    )
    reason = _reason()

    def __init__(self, data: Data = None, files: Files = None, **more: Unpack[FormOptions]):
        super().__init__(data, files, **more)
        ticked = self.data.getlist("question") if isinstance(self.data, QueryDict) else []
        # The verb decides which of these the user may answer.
        choose(self, "question", [(number, number) for number in ticked if number.isdecimal()])


class MoveForm(forms.Form):
    """Whether a pupil has moved to the school that imported them."""

    answer = RadiosField(
        "Is the pupil at that school now?",
        missing="Select yes if the pupil has moved",
        choices=[("yes", "Yes, the pupil has moved"), ("no", "No, the pupil has not moved")],
    )
    same_child = CheckboxField("I am sure that this is the same child")
    note = LinesField("Why not? (optional)", hint="Staff can see this", max_length=500, rows=2)

    def __init__(
        self,
        data: Data = None,
        files: Files = None,
        *,
        may_be_another: bool,
        **more: Unpack[FormOptions],
    ):
        super().__init__(data, files, **more)
        self.may_be_another = may_be_another
        if not may_be_another:
            del self.fields["same_child"]

    def clean(self) -> dict[str, object]:
        if (
            self.may_be_another
            and self.cleaned_data.get("answer") == "yes"
            and not self.cleaned_data.get("same_child")
        ):
            parts = ", ".join(WORDS.values())
            self.add_error(
                "same_child", f"Tick the box if you are sure: 2 or more of {parts} are different"
            )
        return self.cleaned_data
