"""Forms to choose which letters to print."""

from collections.abc import Collection, Iterable, Sequence
from typing import Unpack

from django import forms

from consent.decisions.contacts import Contact
from consent.letters.printing import ROLL, LetterTranslation
from consent.models import LetterKind, Scheme, School
from privacy_portal.ground.ui.environment import year_group
from privacy_portal.ground.ui.fields import CheckboxesField, RadiosField, SelectField
from privacy_portal.ground.ui.form_arguments import Data, FormOptions
from privacy_portal.ground.ui.forms import choose

ENGLISH = ("", "English only")
HOME_LANGUAGE = (ROLL, "English and the family’s home language")


class RunForm(forms.Form):
    """Letters to year groups of one school about one scheme."""

    years = CheckboxesField("Year groups", missing="Select a year group")
    kind = RadiosField(
        "What is the letter for?",
        missing="Select what the letter is for",
        choices=[
            (LetterKind.CHOICE.value, LetterKind.CHOICE.label),
            (
                LetterKind.TURNING_16.value,
                "Tell pupils aged 16 that they can now choose (only pupils a parent has opted out; one letter each)",
            ),
        ],
    )
    language = SelectField("Language of the family")

    def __init__(
        self,
        data: Data = None,
        *,
        years: Sequence[str],
        translations: Sequence[LetterTranslation],
        scheme: Scheme,
        **more: Unpack[FormOptions],
    ):
        super().__init__(data, **more)
        choose(self, "years", [(year, year_group(year)) for year in years])
        choose(self, "language", [HOME_LANGUAGE, *_languages(translations)])
        self.fields["language"].initial = HOME_LANGUAGE[0]
        if not translations:
            del self.fields["language"]
        if scheme.self_age is None:
            choose(self, "kind", [(LetterKind.CHOICE.value, LetterKind.CHOICE.label)])
            self.fields["kind"].initial = LetterKind.CHOICE.value


class OneForm(forms.Form):
    """A letter about one pupil."""

    kind = RadiosField(
        "What is the letter for?",
        missing="Select what the letter is for",
        choices=LetterKind.choices,
    )
    scheme = SelectField("Opt-out", required=True)
    to = RadiosField(
        "Who is the letter for?",
        hint="Only this person can use a code to opt back in. We send it to the address on the school roll."
        " A carer can make this choice too, with or without parental responsibility",
        missing="Select who the letter is for",
    )
    language = SelectField("Language of the family")

    def __init__(
        self,
        data: Data = None,
        *,
        schemes: Iterable[Scheme],
        contacts: Sequence[Contact],
        languages: Sequence[LetterTranslation],
        grown_under: Collection[str],
        **more: Unpack[FormOptions],
    ):
        """Set the choices; `grown_under` are the codes of schemes under which a parent's opt-out
        applies although the choice is now the pupil's own."""
        super().__init__(data, **more)
        self._contacts, self._grown_under = contacts, grown_under
        choose(self, "scheme", [(scheme.code, scheme.title) for scheme in schemes])
        people = [_called(contact) for contact in contacts]
        choose(self, "to", [(str(place), person) for place, person in enumerate(people)])
        choose(self, "language", _languages(languages))
        if not languages:
            del self.fields["language"]
        if not grown_under:
            kinds = [kind for kind in LetterKind if kind != LetterKind.TURNING_16]
            choose(self, "kind", [(kind.value, kind.label) for kind in kinds])

    def clean(self) -> dict[str, object]:
        data = super().clean() or self.cleaned_data
        if data.get("kind") == LetterKind.TURNING_16.value:
            if data.get("scheme") not in self._grown_under:
                self.add_error(
                    "kind", "No parent has opted this pupil out, or the pupil cannot choose yet"
                )
            elif data.get("to") and not self._contacts[int(data["to"])].own:
                self.add_error("to", "Select the pupil, because this is now their own choice")
        return data


class LiveForm(forms.Form):
    """The action for families with a letter whose code still works."""

    LEAVE, END = "leave", "end"

    live = RadiosField(
        "What should we do for these families?",
        missing="Select what we should do for these families",
        choices=[
            (LEAVE, "Leave these families out. The codes they have still work"),
            (END, "Write to these families too. The codes they have stop working"),
        ],
    )


class LetterSubjectForm(forms.Form):
    """The school and the scheme that letters are about."""

    school = SelectField("School", missing="Select a school")
    scheme = SelectField("Opt-out", missing="Select an opt-out")

    def __init__(
        self,
        data: Data = None,
        *,
        schools: Sequence[School],
        schemes: Iterable[Scheme],
        **more: Unpack[FormOptions],
    ):
        super().__init__(data, **more)
        choose(self, "school", [(school.urn, school.name) for school in schools])
        choose(self, "scheme", [(scheme.code, scheme.title) for scheme in schemes])


def _languages(translations: Sequence[LetterTranslation]) -> list[tuple[str, str]]:
    return [
        ENGLISH,
        *[(row.language.code, f"English and {row.language.english}") for row in translations],
    ]


def _called(contact: Contact) -> str:
    if contact.own:
        return f"{contact.name} (the pupil)"
    return (
        contact.name
        if contact.responsible
        else f"{contact.name} (no parental responsibility on record)"
    )
