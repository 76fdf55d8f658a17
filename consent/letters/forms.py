"""Which letters to print."""

from collections.abc import Collection, Sequence
from typing import Any

from django import forms

from consent.decisions.contacts import Contact
from consent.letters.printing import ROLL, Translated
from consent.models import LetterKind, Scheme, School
from privacy_portal.ground.ui.environment import year_group
from privacy_portal.ground.ui.fields import CheckboxesField, RadiosField, SelectField
from privacy_portal.ground.ui.forms import choose

ENGLISH = ("", "English only")
FAMILYS = (ROLL, "English and each family’s own, as on the roll")


class RunForm(forms.Form):
    """A year group or several, of one school, about one scheme."""

    years = CheckboxesField("Year groups", missing="Choose a year group")
    kind = RadiosField(
        "What is the letter for?",
        missing="Say what the letter is for",
        choices=[
            (LetterKind.CHOICE.value, LetterKind.CHOICE.label),
            (
                LetterKind.TURNING_16.value,
                "Now it is the pupil’s own choice: only pupils for whom a parent’s opt-out stands, once each",
            ),
        ],
    )
    language = SelectField("Language of the family")

    def __init__(
        self,
        *args: Any,
        years: Sequence[str],
        translations: Sequence[Translated],
        scheme: Scheme,
        **kwargs: Any,
    ):
        super().__init__(*args, **kwargs)
        choose(self, "years", [(year, year_group(year)) for year in years])
        choose(self, "language", [FAMILYS, *_languages(translations)])
        self.fields["language"].initial = FAMILYS[0]
        if not translations:
            del self.fields["language"]
        if scheme.self_age is None:
            choose(self, "kind", [(LetterKind.CHOICE.value, LetterKind.CHOICE.label)])
            self.fields["kind"].initial = LetterKind.CHOICE.value


class OneForm(forms.Form):
    """A letter about one pupil."""

    kind = RadiosField(
        "What is the letter for?",
        missing="Say what the letter is for",
        choices=[
            (LetterKind.CHOICE.value, LetterKind.CHOICE.label),
            (LetterKind.OPT_IN.value, LetterKind.OPT_IN.label),
            (LetterKind.TURNING_16.value, LetterKind.TURNING_16.label),
        ],
    )
    scheme = SelectField("Scheme", required=True)
    to = RadiosField(
        "To whom?",
        hint="A code to opt back in works for this person alone. It goes to the address on record",
        missing="Choose to whom it goes",
    )
    language = SelectField("Language of the family")

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
        choose(self, "scheme", [(each.code, each.title) for each in schemes])
        people = [_called(each) for each in contacts]
        choose(self, "to", [(str(place), person) for place, person in enumerate(people)])
        choose(self, "language", _languages(languages))
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

    live = RadiosField(
        "What should we do for these families?",
        missing="Select what we should do for these families",
        choices=[
            (LEAVE, "Leave these families out. The codes they have still work"),
            (END, "Write to these families too. The codes they have stop working"),
        ],
    )


class AboutForm(forms.Form):
    """The school and the scheme that letters are about."""

    school = SelectField("School", required=True)
    scheme = SelectField("Scheme", required=True)

    def __init__(
        self, *args: Any, schools: Sequence[School], schemes: Sequence[Scheme], **kwargs: Any
    ):
        super().__init__(*args, **kwargs)
        choose(self, "school", [(each.urn, each.name) for each in schools])
        choose(self, "scheme", [(each.code, each.title) for each in schemes])


def _languages(translations: Sequence[Translated]) -> list[tuple[str, str]]:
    return [
        ENGLISH,
        *[(each.language.code, f"English and {each.language.english}") for each in translations],
    ]


def _called(contact: Contact) -> str:
    if contact.own:
        return f"{contact.name} (the pupil)"
    return contact.name if contact.responsible else f"{contact.name} (no parental responsibility)"
