"""The question how a file is to be read: which sheet of a workbook, which encoding of a text."""

from collections.abc import Mapping
from typing import Any

from django import forms


class ReadingForm(forms.Form):
    """Asks what the file leaves open; `asked` is the question as it was kept."""

    def __init__(self, *args: Any, asked: Mapping[str, Any], **kwargs: Any):
        super().__init__(*args, **kwargs)
        if "sheets" in asked:
            self.fields["sheet"] = forms.ChoiceField(
                label="Which sheet is meant?",
                help_text="The other sheets are not read.",
                choices=[
                    (name, f"{name} (hidden in the workbook)" if hidden else name)
                    for name, hidden in asked["sheets"]
                ],
                widget=forms.RadioSelect,
                error_messages={"required": "Choose a sheet"},
            )
        if "encodings" in asked:
            self.fields["encoding"] = forms.ChoiceField(
                label="Which of these are right?",
                help_text="This is how some of the names in the file would read.",
                choices=[
                    (code, f"{', '.join(sample)} ({label})")
                    for code, label, sample in asked["encodings"]
                ],
                widget=forms.RadioSelect,
                error_messages={"required": "Choose how the names read"},
            )

    def answered(self) -> dict[str, str]:
        """What was chosen, by the names of `Reading`."""
        return dict(self.cleaned_data)
