"""Tokens of parts of a draft: short texts that differ whenever the part differs."""

import hashlib
from collections.abc import Sequence

from notices.models import NamedRecipient, NoticeVersion, Section, TranslatedSection, Translation
from privacy_portal.ground.log.canonical import canonical


def token(value: object) -> str:
    """Return a text of 24 hexadecimal digits that differs whenever the value differs."""
    return hashlib.sha256(canonical({"": value})).hexdigest()[:24]


def details_token(version: NoticeVersion) -> str:
    """Return the token of a draft's date and summary."""
    day = version.effective_from.isoformat() if version.effective_from else None
    return token([day, version.summary])


def young_summary_token(version: NoticeVersion) -> str:
    """Return the token of a draft's summary for young people."""
    return token(version.young_summary)


def section_token(section: Section) -> str:
    """Return the token of a section's words."""
    return token([section.element, section.heading, section.scheme, section.body])


def line_token(line: NamedRecipient) -> str:
    """Return the token of a line of the table; no query where its parts are prefetched."""
    purposes = [named.purpose_id for named in line.purposes.all()]
    items = [named.item_id for named in line.items.all()]
    return token([line.recipient_id, line.legal_duty, purposes, items])


def order_token(rows: Sequence[Section] | Sequence[NamedRecipient]) -> str:
    """Return the token of the order in which sections or lines stand."""
    return token([row.pk for row in rows])


def translation_token(translation: Translation) -> str:
    """Return the token of a translation's title and summary for young people."""
    return token([translation.title, translation.young_summary])


def words_token(translation: Translation) -> str:
    """Return the token of the short words of the table in the language."""
    return token([list(pair) for pair in sorted(translation.words.items())])


def translated_token(translated: TranslatedSection | None) -> str:
    """Return the token of a section's translation; where there is none, that of its absence."""
    return token([translated.heading, translated.body] if translated else None)
