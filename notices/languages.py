"""The languages that notices can be translated into; the authoritative text is English."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """A language: its tag (BCP 47), its own name, its English name, and what way it is read.

    `note` says in the language that the English text is the one that counts.
    """

    code: str
    name: str
    english: str
    direction: str
    note: str


_ALL = (
    Language("ar", "العربية", "Arabic", "rtl", "هذه ترجمة. النص الإنجليزي هو النص المعتمد."),
    Language("pl", "Polski", "Polish", "ltr", "To jest tłumaczenie. Wiążący jest tekst angielski."),
    Language(
        "ro", "Română", "Romanian", "ltr", "Aceasta este o traducere. Contează textul în engleză."
    ),
    Language("ur", "اردو", "Urdu", "rtl", "یہ ترجمہ ہے۔ معتبر متن انگریزی کا ہے۔"),
)
LANGUAGES = {language.code: language for language in _ALL}
