"""The languages that notices can be translated into; the authoritative text is English."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """A language: its tag (BCP 47), its own name, its English name, and what way it is read.

    `note` says in the language that the English text is the one that counts; `also` are other
    codes that stand for it (ISO 639-2).
    """

    code: str
    name: str
    english: str
    direction: str
    note: str
    also: tuple[str, ...]


_ALL = (
    Language("ar", "العربية", "Arabic", "rtl",
             "هذه ترجمة. النص الإنجليزي هو النص المعتمد.", ("ara",)),
    Language("pl", "Polski", "Polish", "ltr",
             "To jest tłumaczenie. Wiążący jest tekst angielski.", ("pol",)),
    Language("ro", "Română", "Romanian", "ltr",
             "Aceasta este o traducere. Contează textul în engleză.", ("ron", "rum")),
    Language("ur", "اردو", "Urdu", "rtl",
             "یہ ترجمہ ہے۔ معتبر متن انگریزی کا ہے۔", ("urd",)),
)  # fmt: skip
LANGUAGES = {language.code: language for language in _ALL}
_BY_NAME = {
    name.casefold(): language
    for language in _ALL
    for name in (language.code, language.name, language.english, *language.also)
}


def language_of(text: str) -> Language | None:
    """Return the language that a school's system writes by name or code; None for any other."""
    return _BY_NAME.get(text.strip().casefold())
