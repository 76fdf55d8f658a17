"""Collect the words of a version in one document, to be published, hashed, compared and read.

Every label, name and contact is in it as it reads now, so that a later change of the
policy's vocabulary changes no published word (N1).
"""

import hashlib

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
        "title": notice.title,
        "audience": notice.audience,
        "number": version.number,
        "effective_from": version.effective_from.isoformat() if version.effective_from else None,
        "summary": version.summary,
        "young_summary": version.young_summary,
        "controller": _controller(),
        "sections": [
            {
                "element": section.element,
                "heading": section.heading,
                "scheme": section.scheme,
                "body": section.body,
            }
            for section in version.sections.all()
        ],
        "not_applicable": [
            {"element": mark.element, "reason": mark.reason}
            for mark in version.not_applicable.all()
        ],
        "recipients": [
            {
                "code": line.recipient.code,
                "name": line.recipient.name,
                "website": line.recipient.website,
                "legal_duty": line.legal_duty,
                "purposes": [
                    {"code": named.purpose.code, "label": named.purpose.label}
                    for named in line.purposes.all()
                ],
                "items": [
                    {"code": named.item.code, "label": named.item.label}
                    for named in line.items.all()
                ],
            }
            for line in table_of(version)
        ],
    }
    if translations := [_translation(state) for state in states_of(version) if not state.open]:
        content["translations"] = translations
    return content


def _translation(state: TranslationState) -> Content:
    return {
        "language": state.translation.language,
        "title": state.translation.title,
        "young_summary": state.translation.young_summary,
        "sections": [
            {"heading": line.translated.heading, "body": line.translated.body}
            for line in state.sections
            if line.translated
        ],
        "words": state.words,
    }


def _controller() -> Content | None:
    council = controller()
    if council is None:
        return None
    return {
        "name": council.name,
        "service": council.service,
        "website": council.website,
        "contacts": [
            {
                "kind": contact.kind,
                "role": contact.role,
                "address": contact.address,
                "phone": contact.phone,
                "email": contact.email,
            }
            for contact in sorted(council.contacts.all(), key=lambda contact: contact.kind)
        ],
    }


def digest_of(content: Content) -> str:
    """Return the SHA-256 of the document's canonical JSON, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(content)).hexdigest()
