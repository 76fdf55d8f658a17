"""Forms of the officers who edit privacy notices."""

from collections.abc import Collection, Mapping, Sequence
from typing import Unpack

from django import forms

from notices.drafts.drafting import LineWords, SectionWords
from notices.drafts.translating import TranslatedWords
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
from privacy_portal.ground.ui.form_arguments import Data, FormOptions
from privacy_portal.ground.ui.forms import choose

MARKDOWN_HINT = (
    "Leave a blank line between paragraphs. Start a line with “- ” for a bullet point. "
    "Use **bold** for bold and [link text](https://…) for a link."
)


class EditForm(forms.Form):
    """Change a part of a draft: `markdown` is its field in Markdown, `in_language` that of a translation."""

    markdown = ""
    in_language: Mapping[str, str] | None = None


class DraftForm(EditForm):
    """Carry the token of what was on the page when it was opened, as `seen`."""

    seen = HiddenField()


class DetailsForm(DraftForm):
    effective_from = DayField(
        "Date this version comes into force",
        hint="Today or in the future. For example, 4 1 2027",
        missing="Enter a date",
        what="Date",
    )
    summary = LinesField(
        "Summary of changes",
        hint="Use one sentence. It is shown with the version and emailed to subscribers",
        missing="Enter a summary of changes",
        max_length=500,
    )


class YoungForm(DraftForm):
    markdown = "text"
    text = LinesField(
        "Short version for young people",
        hint=f"For pupils aged about 12. Say what we share, with whom and why, and what they can do. {MARKDOWN_HINT}",
        rows=14,
    )


class SectionForm(DraftForm):
    markdown = "body"
    element = SelectField(
        "What is this section about?",
        missing="Select what this section is about",
        choices=[("", "Select"), *((code.value, text) for code, text in ELEMENT_SENTENCES.items())],
    )
    scheme = SelectField(
        "Which opt-out does it explain?", hint="Only for a section about how to opt out"
    )
    heading = TextField("Heading", missing="Enter a heading", max_length=200)
    body = LinesField("Text", hint=MARKDOWN_HINT, missing="Enter the text", rows=14)

    def __init__(
        self, data: Data = None, *, schemes: Sequence[tuple[str, str]], **more: Unpack[FormOptions]
    ):
        super().__init__(data, **more)
        choose(self, "scheme", [("", "None"), *schemes])

    def clean(self) -> dict[str, object]:
        data = self.cleaned_data
        if data.get("element") == Element.OPT_OUT and not data.get("scheme"):
            self.add_error("scheme", "Select the opt-out this section explains")
        if data.get("element") != Element.OPT_OUT:
            data["scheme"] = ""
        return data

    def words(self) -> SectionWords:
        data = self.cleaned_data
        body = data["body"].replace("\r\n", "\n").strip()
        return SectionWords(data["element"], data["heading"], data["scheme"], body)


class LineForm(DraftForm):
    recipient = SelectField("Organisation", missing="Select an organisation")
    purposes = CheckboxesField("Purpose", missing="Select at least one purpose")
    items = CheckboxesField("What can we share?", missing="Select at least one type of information")
    legal_duty = TextField(
        "Law that requires it (optional)",
        hint="Only needed if there is no agreement in force. For example, Education Act 1996, section 537A",
        max_length=300,
    )

    def __init__(
        self,
        data: Data = None,
        *,
        recipients: Sequence[Recipient],
        purposes: Sequence[Purpose],
        items: Sequence[Item],
        **more: Unpack[FormOptions],
    ):
        super().__init__(data, **more)
        self.recipient_of = {recipient.code: recipient for recipient in recipients}
        self.purpose_of = {purpose.code: purpose for purpose in purposes}
        self.item_of = {item.code: item for item in items}
        choose(self, "recipient", [("", "Select"), *((row.code, row.name) for row in recipients)])
        choose(self, "purposes", [(purpose.code, purpose.label) for purpose in purposes])
        choose(self, "items", [(item.code, item.label) for item in items])

    def words(self) -> LineWords:
        data = self.cleaned_data
        return LineWords(
            recipient=self.recipient_of[data["recipient"]],
            purposes=[self.purpose_of[code] for code in data["purposes"]],
            items=[self.item_of[code] for code in data["items"]],
            legal_duty=data["legal_duty"].strip(),
        )


class NotApplicableForm(EditForm):
    reason = LinesField(
        "Why does this not apply?",
        hint="Leave blank if it does apply",
        max_length=500,
    )


class WithdrawForm(forms.Form):
    reason = LinesField(
        "Why are you withdrawing it?", missing="Enter why you are withdrawing it", max_length=500
    )


class LanguageForm(EditForm):
    language = SelectField("Language", missing="Select a language")
    title = TextField(
        "Title of the notice in that language", missing="Enter the title", max_length=200
    )

    def __init__(self, data: Data = None, *, taken: Collection[str], **more: Unpack[FormOptions]):
        super().__init__(data, **more)
        free = [language for language in LANGUAGES.values() if language.code not in taken]
        choose(self, "language", [("", "Select"), *((row.code, row.english) for row in free)])


class InLanguageForm(DraftForm):
    """Mark the fields whose text is in another language, perhaps written from right to left."""

    translated: tuple[str, ...] = ()

    def __init__(self, data: Data = None, *, language: Language, **more: Unpack[FormOptions]):
        super().__init__(data, **more)
        self.in_language = {"lang": language.code, "dir": language.direction}
        for name in self.translated:
            field = self.fields[name]
            assert isinstance(field, Typed)
            field.language = self.in_language


class TitleForm(InLanguageForm):
    markdown = "text"
    translated = ("title", "text")
    title = TextField("Title", missing="Enter the title", max_length=200)
    text = LinesField("Short version for young people", hint=MARKDOWN_HINT, rows=14)


class WordsForm(InLanguageForm):
    """Ask for the short words of the table, each under its English; a blank one is not translated."""

    def __init__(
        self,
        data: Data = None,
        *,
        english: Sequence[str],
        language: Language,
        **more: Unpack[FormOptions],
    ):
        self.english = english
        super().__init__(data, language=language, **more)
        for place, word in enumerate(english):
            self.fields[f"word_{place}"] = TextField(
                word, max_length=300, language=self.in_language
            )

    def words(self) -> dict[str, str]:
        """Return the translation of each English word."""
        return {word: self.cleaned_data[f"word_{place}"] for place, word in enumerate(self.english)}


class TranslatedForm(InLanguageForm):
    markdown = "body"
    translated = ("heading", "body")
    of = HiddenField(required=True, max_length=24)
    heading = TextField("Heading", missing="Enter a heading", max_length=200)
    body = LinesField("Text", hint=MARKDOWN_HINT, missing="Enter the text", rows=14)

    def words(self) -> TranslatedWords:
        """Return the words of the section in the language."""
        data = self.cleaned_data
        body = data["body"].replace("\r\n", "\n").strip()
        return TranslatedWords(data["heading"], body, data["of"])
