"""Forms of the officers who write notices."""

from collections.abc import Collection, Sequence
from typing import Unpack

from django import forms

from notices.drafts.drafting import LineWords, SectionWords
from notices.languages import LANGUAGES, Language
from notices.models import Item, Purpose, Recipient
from notices.rules import ELEMENT_SENTENCES, Element
from privacy_portal.ground.ui.day_fields import DayField
from privacy_portal.ground.ui.fields import (
    CheckboxesField,
    HiddenField,
    LinesField,
    SelectField,
    TextField,
    Typed,
)
from privacy_portal.ground.ui.form_arguments import Data, Files, FormOptions
from privacy_portal.ground.ui.forms import choose

MARKDOWN_HINT = (
    "Leave a line empty between paragraphs. Begin lines with “- ” for a list. "
    "Write **bold**, and [words](https://…) for a link."
)


class DraftForm(forms.Form):
    """What was on the page when it was opened travels along as `seen`."""

    seen = HiddenField()


class DetailsForm(DraftForm):
    effective_from = DayField(
        "From which day does the version apply?",
        hint="Today or a later day. For example, 4 1 2027",
        missing="Enter the day",
        what="The day",
    )
    summary = LinesField(
        "What has changed, in a sentence",
        hint="People see it in the list of versions, and those who subscribed get it by mail.",
        missing="Say what has changed",
        max_length=500,
    )


class YoungForm(DraftForm):
    text = LinesField(
        "In short, for young people",
        hint=f"For pupils of about 12: what, why, who, and what they can do. {MARKDOWN_HINT}",
        rows=14,
    )


class SectionForm(DraftForm):
    element = SelectField(
        "What does this section tell?",
        missing="Choose what the section tells",
        choices=[("", "Choose"), *((each.value, ELEMENT_SENTENCES[each]) for each in Element)],
    )
    scheme = SelectField(
        "Which opt-out does it explain?", hint="Only for a section about how to opt out."
    )
    heading = TextField("Heading", missing="Write a heading", max_length=200)
    body = LinesField("Text", hint=MARKDOWN_HINT, missing="Write the text", rows=14)

    def __init__(
        self,
        data: Data = None,
        files: Files = None,
        *,
        schemes: Sequence[tuple[str, str]],
        **more: Unpack[FormOptions],
    ):
        super().__init__(data, files, **more)
        choose(self, "scheme", [("", "None"), *schemes])

    def clean(self) -> dict[str, object]:
        data = self.cleaned_data
        if data.get("element") == Element.OPT_OUT and not data.get("scheme"):
            self.add_error("scheme", "Choose the opt-out that the section explains")
        if data.get("element") != Element.OPT_OUT:
            data["scheme"] = ""
        return data

    def words(self) -> SectionWords:
        data = self.cleaned_data
        body = data["body"].replace("\r\n", "\n").strip()
        return SectionWords(data["element"], data["heading"], data["scheme"], body)


class LineForm(DraftForm):
    recipient = SelectField("Who gets something?", missing="Choose the organisation")
    purposes = CheckboxesField("What for?", missing="Choose at least one purpose")
    items = CheckboxesField(
        "What information can it get?", missing="Choose at least one kind of information"
    )
    legal_duty = TextField(
        "The law that makes the council share it (optional)",
        hint="Needed only where no agreement is in force. For example, Education Act 1996, section 537A",
        max_length=300,
    )

    def __init__(
        self,
        data: Data = None,
        files: Files = None,
        *,
        recipients: Sequence[Recipient],
        purposes: Sequence[Purpose],
        items: Sequence[Item],
        **more: Unpack[FormOptions],
    ):
        super().__init__(data, files, **more)
        self.recipients = {each.code: each for each in recipients}
        self.known_purposes = {each.code: each for each in purposes}
        self.known_items = {each.code: each for each in items}
        choose(self, "recipient", [("", "Choose"), *((r.code, r.name) for r in recipients)])
        choose(self, "purposes", [(each.code, each.label) for each in purposes])
        choose(self, "items", [(each.code, each.label) for each in items])

    def words(self) -> LineWords:
        data = self.cleaned_data
        return LineWords(
            recipient=self.recipients[data["recipient"]],
            purposes=[self.known_purposes[code] for code in data["purposes"]],
            items=[self.known_items[code] for code in data["items"]],
            legal_duty=data["legal_duty"].strip(),
        )


class NotApplicableForm(forms.Form):
    reason = LinesField(
        "Why need the notice not say this?",
        hint="Leave it empty to take the mark away.",
        max_length=500,
    )


class WithdrawForm(forms.Form):
    reason = LinesField("Why is it withdrawn?", missing="Say why it is withdrawn", max_length=500)


class LanguageForm(forms.Form):
    language = SelectField("Language", missing="Choose the language")
    title = TextField(
        "Title of the notice in that language", missing="Write the title", max_length=200
    )

    def __init__(
        self,
        data: Data = None,
        files: Files = None,
        *,
        there: Collection[str],
        **more: Unpack[FormOptions],
    ):
        super().__init__(data, files, **more)
        left = [each for each in LANGUAGES.values() if each.code not in there]
        choose(self, "language", [("", "Choose"), *((each.code, each.english) for each in left)])


class InLanguageForm(DraftForm):
    """Fields whose text is in another language, and perhaps written from right to left."""

    translated: tuple[str, ...] = ()

    def __init__(
        self,
        data: Data = None,
        files: Files = None,
        *,
        language: Language,
        **more: Unpack[FormOptions],
    ):
        super().__init__(data, files, **more)
        self.language = {"lang": language.code, "dir": language.direction}
        for name in self.translated:
            field = self.fields[name]
            assert isinstance(field, Typed)
            field.language = self.language


class TitleForm(InLanguageForm):
    translated = ("title", "text")
    title = TextField("Title", missing="Write the title", max_length=200)
    text = LinesField("In short, for young people", hint=MARKDOWN_HINT, rows=14)


class WordsForm(InLanguageForm):
    """Short words of the table, each under its English; one that is left empty is open."""

    def __init__(
        self,
        data: Data = None,
        files: Files = None,
        *,
        english: Sequence[str],
        language: Language,
        **more: Unpack[FormOptions],
    ):
        self.english = english
        super().__init__(data, files, language=language, **more)
        for place, word in enumerate(english):
            self.fields[f"word_{place}"] = TextField(word, max_length=300, language=self.language)

    def words(self) -> dict[str, str]:
        """What was written for each English word."""
        return {word: self.cleaned_data[f"word_{place}"] for place, word in enumerate(self.english)}


class TranslatedForm(InLanguageForm):
    translated = ("heading", "body")
    of = HiddenField(required=True)
    heading = TextField("Heading", missing="Write the heading", max_length=200)
    body = LinesField("Text", hint=MARKDOWN_HINT, missing="Write the text", rows=14)
