"""Forms of the officers who write notices."""

from collections.abc import Collection, Sequence
from typing import Any

from django import forms

from notices.drafts.drafting import LineWords, SectionWords
from notices.languages import LANGUAGES, Language
from notices.models import Item, Purpose, Recipient
from notices.rules import ELEMENT_SENTENCES, Element
from privacy_portal.ground.ui.fields import DayField

LONG = forms.Textarea(attrs={"data-rows": 14, "spellcheck": "true"})
MARKDOWN_HINT = (
    "Leave a line empty between paragraphs. Begin lines with “- ” for a list. "
    "Write **bold**, and [words](https://…) for a link."
)


class DraftForm(forms.Form):
    """What was on the page when it was opened travels along as `seen`."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)


class DetailsForm(DraftForm):
    effective_from = DayField(
        label="From which day does the version apply?",
        help_text="Today or a later day. For example, 4 1 2027",
        missing="Enter the day",
        what="The day",
    )
    summary = forms.CharField(
        label="What has changed, in a sentence",
        help_text="People see it in the list of versions, and those who subscribed get it by mail.",
        max_length=500,
        error_messages={"required": "Say what has changed"},
        widget=forms.Textarea(attrs={"data-rows": 3}),
    )


class YoungForm(DraftForm):
    text = forms.CharField(
        label="In short, for young people",
        help_text=f"For pupils of about 12: what, why, who, and what they can do. {MARKDOWN_HINT}",
        required=False,
        widget=LONG,
    )


class SectionForm(DraftForm):
    element = forms.ChoiceField(
        label="What does this section tell?",
        choices=[("", "Choose"), *((each.value, ELEMENT_SENTENCES[each]) for each in Element)],
        error_messages={"required": "Choose what the section tells"},
    )
    scheme = forms.ChoiceField(
        label="Which opt-out does it explain?",
        help_text="Only for a section about how to opt out.",
        required=False,
    )
    heading = forms.CharField(
        label="Heading", max_length=200, error_messages={"required": "Write a heading"}
    )
    body = forms.CharField(
        label="Text",
        help_text=MARKDOWN_HINT,
        error_messages={"required": "Write the text"},
        widget=LONG,
    )

    def __init__(self, *args: Any, schemes: Sequence[tuple[str, str]], **kwargs: Any):
        super().__init__(*args, **kwargs)
        field = self.fields["scheme"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "None"), *schemes]

    def clean(self) -> dict[str, Any]:
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
    recipient = forms.ChoiceField(
        label="Who gets something?", error_messages={"required": "Choose the organisation"}
    )
    purposes = forms.MultipleChoiceField(
        label="What for?",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one purpose"},
    )
    items = forms.MultipleChoiceField(
        label="What information can it get?",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one kind of information"},
    )
    legal_duty = forms.CharField(
        label="The law that makes the council share it (optional)",
        help_text="Needed only where no agreement is in force. For example, Education Act 1996, section 537A",
        required=False,
        max_length=300,
    )

    def __init__(
        self,
        *args: Any,
        recipients: Sequence[Recipient],
        purposes: Sequence[Purpose],
        items: Sequence[Item],
        **kwargs: Any,
    ):
        super().__init__(*args, **kwargs)
        self.recipients = {each.code: each for each in recipients}
        self.known_purposes = {each.code: each for each in purposes}
        self.known_items = {each.code: each for each in items}
        self._choices("recipient", [("", "Choose"), *((r.code, r.name) for r in recipients)])
        self._choices("purposes", [(each.code, each.label) for each in purposes])
        self._choices("items", [(each.code, each.label) for each in items])

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def words(self) -> LineWords:
        data = self.cleaned_data
        return LineWords(
            recipient=self.recipients[data["recipient"]],
            purposes=[self.known_purposes[code] for code in data["purposes"]],
            items=[self.known_items[code] for code in data["items"]],
            legal_duty=data["legal_duty"].strip(),
        )


class NotApplicableForm(forms.Form):
    reason = forms.CharField(
        label="Why need the notice not say this?",
        help_text="Leave it empty to take the mark away.",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"data-rows": 3}),
    )


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label="Why is it withdrawn?",
        max_length=500,
        error_messages={"required": "Say why it is withdrawn"},
        widget=forms.Textarea(attrs={"data-rows": 3}),
    )


class LanguageForm(forms.Form):
    language = forms.ChoiceField(
        label="Language", error_messages={"required": "Choose the language"}
    )
    title = forms.CharField(
        label="Title of the notice in that language",
        max_length=200,
        error_messages={"required": "Write the title"},
    )

    def __init__(self, *args: Any, there: Collection[str], **kwargs: Any):
        super().__init__(*args, **kwargs)
        field = self.fields["language"]
        assert isinstance(field, forms.ChoiceField)
        left = [each for each in LANGUAGES.values() if each.code not in there]
        field.choices = [("", "Choose"), *((each.code, each.english) for each in left)]


class InLanguageForm(DraftForm):
    """Fields whose text is in another language, and perhaps written from right to left."""

    translated: tuple[str, ...] = ()

    def __init__(self, *args: Any, language: Language, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for name in self.translated:
            attributes = {"lang": language.code, "dir": language.direction}
            self.fields[name].widget.attrs.update(attributes)


class TitleForm(InLanguageForm):
    translated = ("title", "text")
    title = forms.CharField(
        label="Title", max_length=200, error_messages={"required": "Write the title"}
    )
    text = forms.CharField(
        label="In short, for young people", help_text=MARKDOWN_HINT, required=False, widget=LONG
    )


class WordsForm(InLanguageForm):
    """Short words of the table, each under its English; one that is left empty is open."""

    def __init__(self, *args: Any, english: Sequence[str], language: Language, **kwargs: Any):
        self.english = english
        super().__init__(*args, language=language, **kwargs)
        for place, word in enumerate(english):
            attributes = {"lang": language.code, "dir": language.direction}
            self.fields[f"word_{place}"] = forms.CharField(
                label=word,
                required=False,
                max_length=300,
                widget=forms.TextInput(attrs=attributes),
            )

    def words(self) -> dict[str, str]:
        """What was written for each English word."""
        return {word: self.cleaned_data[f"word_{place}"] for place, word in enumerate(self.english)}


class TranslatedForm(InLanguageForm):
    translated = ("heading", "body")
    of = forms.CharField(widget=forms.HiddenInput)
    heading = forms.CharField(
        label="Heading", max_length=200, error_messages={"required": "Write the heading"}
    )
    body = forms.CharField(
        label="Text",
        help_text=MARKDOWN_HINT,
        error_messages={"required": "Write the text"},
        widget=LONG,
    )
