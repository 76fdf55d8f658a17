"""Collect the words of a version in one document, to be published, hashed, compared and read.

Every label, name and contact is in it as it reads now, so that a later change of the
policy's vocabulary changes no published word (N1).
"""

import hashlib

from django.db.models import Model

from notices.drafts.translating import TranslationState, states_of
from notices.models import NoticeVersion
from notices.queries import controller, table_of
from privacy_portal.ground.log.canonical import canonical

Content = dict[str, object]


def content_of(version: NoticeVersion) -> Content:
    """Return the document of a version, as JSON can hold it; at most 14 queries.

    Only translations that are complete are in it.
    """
    notice = version.notice
    content: Content = {
        "notice": notice.slug,
        **_columns(notice, "title", "audience"),
        **_columns(version, "number", "summary", "young_summary"),
        "effective_from": version.effective_from.isoformat() if version.effective_from else None,
        "controller": _controller(),
        "sections": [
            _columns(section, "element", "heading", "scheme", "body")
            for section in version.sections.all()
        ],
        "not_applicable": [
            _columns(mark, "element", "reason") for mark in version.not_applicable.all()
        ],
        "recipients": [
            {
                **_columns(line.recipient, "code", "name", "website"),
                "legal_duty": line.legal_duty,
                "purposes": [_columns(row.purpose, "code", "label") for row in line.purposes.all()],
                "items": [_columns(row.item, "code", "label") for row in line.items.all()],
            }
            for line in table_of(version)
        ],
    }
    if translations := [_translation(state) for state in states_of(version) if not state.open]:
        content["translations"] = translations
    return content


def _translation(state: TranslationState) -> Content:
    return {
        **_columns(state.translation, "language", "title", "young_summary"),
        "sections": [
            _columns(pair.translated, "heading", "body")
            for pair in state.sections
            if pair.translated
        ],
        "words": state.words,
    }


def _controller() -> Content | None:
    council = controller()
    if council is None:
        return None
    return {
        **_columns(council, "name", "service", "website"),
        "contacts": [
            _columns(contact, "kind", "role", "address", "phone", "email")
            for contact in sorted(council.contacts.all(), key=lambda contact: contact.kind)
        ],
    }


def _columns(row: Model, *names: str) -> Content:
    return {name: getattr(row, name) for name in names}


def digest_of(content: Content) -> str:
    """Return the SHA-256 of the document's canonical JSON, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(content)).hexdigest()
