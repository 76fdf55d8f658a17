"""Forms that answer what rolls leave open."""

from typing import Any

from django import forms

from consent.identity_rules import WORDS
from privacy_portal.ground.ui.fields import note_field


def _reason() -> forms.CharField:
    return note_field(
        "How do you know?",
        help_text="For example, the pupil had a temporary UPN until the permanent one came",
        missing="Enter how you know",
        rows=2,
    )


class SameChildForm(forms.Form):
    """Whether two records are of the same child."""

    answer = forms.ChoiceField(
        label="Are both records of the same child?",
        choices=[
            ("same", "Yes, it is the same child. Merge the records"),
            ("another", "No, they are two children"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Select yes if it is the same child"},
    )
    reason = _reason()


class SameChildrenForm(forms.Form):
    """Ticked questions in which both records are of the same child."""

    question = forms.TypedMultipleChoiceField(
        coerce=int, error_messages={"required": "Select the pupils who are the same child"}
    )
    reason = _reason()

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        ticked = self.data.getlist("question") if self.is_bound else []  # type: ignore[attr-defined]
        field = self.fields["question"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        # Which may be answered is the verb's to say.
        field.choices = [(each, each) for each in ticked if each.isdecimal()]


class MoveForm(forms.Form):
    """Whether a pupil has moved to the school whose roll has them."""

    answer = forms.ChoiceField(
        label="Is the pupil at that school now?",
        choices=[("yes", "Yes, the pupil has moved"), ("no", "No, the pupil stays where they are")],
        widget=forms.RadioSelect,
        error_messages={"required": "Select yes if the pupil has moved"},
    )
    same_child = forms.BooleanField(
        label="I have made sure that it is the same child",
        required=False,
    )
    note = note_field("Why not? (optional)", help_text="We keep this with your answer", rows=2)

    def __init__(self, *args: Any, may_be_another: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.may_be_another = may_be_another
        if not may_be_another:
            del self.fields["same_child"]

    def clean(self) -> dict[str, Any]:
        if (
            self.may_be_another
            and self.cleaned_data.get("answer") == "yes"
            and not self.cleaned_data.get("same_child")
        ):
            parts = ", ".join(WORDS.values())
            self.add_error(
                "same_child", f"Two or more of {parts} differ: make sure that it is the same child"
            )
        return self.cleaned_data
