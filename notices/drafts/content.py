"""The words of a version as one document: what is published, hashed, compared and read.

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
    """The document of a version, as JSON can hold it; at most 14 queries.

    Of the translations, those are in it that tell what the English tells.
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
            {"element": each.element, "reason": each.reason}
            for each in version.not_applicable.all()
        ],
        "recipients": [
            {
                "code": line.recipient.code,
                "name": line.recipient.name,
                "website": line.recipient.website,
                "legal_duty": line.legal_duty,
                "purposes": [
                    {"code": each.purpose.code, "label": each.purpose.label}
                    for each in line.purposes.all()
                ],
                "items": [
                    {"code": each.item.code, "label": each.item.label} for each in line.items.all()
                ],
            }
            for line in table_of(version)
        ],
    }
    if translations := [_translation(each) for each in states_of(version) if not each.open]:
        content["translations"] = translations
    return content


def _translation(state: TranslationState) -> Content:
    return {
        "language": state.translation.language,
        "title": state.translation.title,
        "young_summary": state.translation.young_summary,
        "sections": [
            {"heading": each.translated.heading, "body": each.translated.body}
            for each in state.sections
            if each.translated
        ],
        "words": state.words,
    }


def _controller() -> Content | None:
    found = controller()
    if found is None:
        return None
    return {
        "name": found.name,
        "service": found.service,
        "website": found.website,
        "contacts": [
            {
                "kind": contact.kind,
                "role": contact.role,
                "address": contact.address,
                "phone": contact.phone,
                "email": contact.email,
            }
            for contact in sorted(found.contacts.all(), key=lambda each: each.kind)
        ],
    }


def digest_of(content: Content) -> str:
    """The SHA-256 of the document's canonical JSON, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(content)).hexdigest()
