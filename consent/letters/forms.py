"""Which letters to print."""

from collections.abc import Collection, Sequence
from typing import Any

from django import forms

from consent.decisions.contacts import Contact
from consent.letters.printing import ROLL, Translated
from consent.models import LetterKind, Scheme, School
from privacy_portal.ground.ui.environment import year_group

ENGLISH = ("", "English only")
FAMILYS = (ROLL, "English and each family’s own, as on the roll")


def _choices(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField | forms.MultipleChoiceField)
    field.choices = choices


class RunForm(forms.Form):
    """A year group or several, of one school, about one scheme."""

    years = forms.MultipleChoiceField(
        label="Year groups",
        error_messages={"required": "Choose a year group"},
        widget=forms.CheckboxSelectMultiple,
    )
    kind = forms.ChoiceField(
        label="What is the letter for?",
        choices=[
            (LetterKind.CHOICE.value, LetterKind.CHOICE.label),
            (
                LetterKind.TURNING_16.value,
                "Now it is the pupil’s own choice: only pupils for whom a parent’s opt-out stands, once each",
            ),
        ],
        error_messages={"required": "Say what the letter is for"},
        widget=forms.RadioSelect,
    )
    language = forms.ChoiceField(label="Language of the family", required=False)

    def __init__(
        self,
        *args: Any,
        years: Sequence[str],
        translations: Sequence[Translated],
        scheme: Scheme,
        **kwargs: Any,
    ):
        super().__init__(*args, **kwargs)
        _choices(self, "years", [(year, year_group(year)) for year in years])
        _choices(self, "language", [FAMILYS, *_languages(translations)])
        self.fields["language"].initial = FAMILYS[0]
        if not translations:
            del self.fields["language"]
        if scheme.self_age is None:
            self.fields["kind"].choices = [(LetterKind.CHOICE.value, LetterKind.CHOICE.label)]  # type: ignore[attr-defined]
            self.fields["kind"].initial = LetterKind.CHOICE.value


class OneForm(forms.Form):
    """A letter about one pupil."""

    kind = forms.ChoiceField(
        label="What is the letter for?",
        choices=[
            (LetterKind.CHOICE.value, LetterKind.CHOICE.label),
            (LetterKind.OPT_IN.value, LetterKind.OPT_IN.label),
            (LetterKind.TURNING_16.value, LetterKind.TURNING_16.label),
        ],
        error_messages={"required": "Say what the letter is for"},
        widget=forms.RadioSelect,
    )
    scheme = forms.ChoiceField(label="Scheme")
    to = forms.ChoiceField(
        label="To whom?",
        help_text="A code to opt back in works for this person alone. It goes to the address on record",
        error_messages={"required": "Choose to whom it goes"},
        widget=forms.RadioSelect,
    )
    language = forms.ChoiceField(label="Language of the family", required=False)

    def __init__(
        self,
        *args: Any,
        schemes: Sequence[Scheme],
        contacts: Sequence[Contact],
        languages: Sequence[Translated],
        grown_under: Collection[str],
        **kwargs: Any,
    ):
        """`grown_under` are the schemes under which a parent's opt-out stands that is the pupil's
        own choice by now."""
        super().__init__(*args, **kwargs)
        self._contacts, self._grown_under = contacts, grown_under
        _choices(self, "scheme", [(each.code, each.title) for each in schemes])
        people = [_called(each) for each in contacts]
        _choices(self, "to", [(str(place), person) for place, person in enumerate(people)])
        _choices(self, "language", _languages(languages))
        if not languages:
            del self.fields["language"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("kind") == LetterKind.TURNING_16.value:
            if data.get("scheme") not in self._grown_under:
                self.add_error(
                    "kind", "There is no parent’s opt-out that the pupil may decide about now"
                )
            elif data.get("to") and not self._contacts[int(data["to"])].own:
                self.add_error("to", "Choose the pupil: it is their own choice")
        return data


class LiveForm(forms.Form):
    """What becomes of letters whose codes still work."""

    LEAVE, END = "leave", "end"

    live = forms.ChoiceField(
        label="What should we do for these families?",
        choices=[
            (LEAVE, "Leave these families out. The codes they have still work"),
            (END, "Write to these families too. The codes they have stop working"),
        ],
        error_messages={"required": "Select what we should do for these families"},
        widget=forms.RadioSelect,
    )


class AboutForm(forms.Form):
    """The school and the scheme that letters are about."""

    school = forms.ChoiceField(label="School")
    scheme = forms.ChoiceField(label="Scheme")

    def __init__(
        self, *args: Any, schools: Sequence[School], schemes: Sequence[Scheme], **kwargs: Any
    ):
        super().__init__(*args, **kwargs)
        _choices(self, "school", [(each.urn, each.name) for each in schools])
        _choices(self, "scheme", [(each.code, each.title) for each in schemes])


def _languages(translations: Sequence[Translated]) -> list[tuple[str, str]]:
    return [
        ENGLISH,
        *[(each.language.code, f"English and {each.language.english}") for each in translations],
    ]


def _called(contact: Contact) -> str:
    if contact.own:
        return f"{contact.name} (the pupil)"
    return contact.name if contact.responsible else f"{contact.name} (no parental responsibility)"
