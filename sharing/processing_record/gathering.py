"""Gather the record of processing activities (UK GDPR Article 30) from the policy, notices and agreements."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from notices import queries as notices
from notices.models import Audience, Item as ItemRow, Publication
from notices.rules import Element
from privacy_portal.ground.annotations import annotated
from sharing.agreements.in_force import agreements_in_force
from sharing.agreements.lawful_bases import bases_of
from sharing.keeping_register import KEEPING
from sharing.models import AgreementVersion
from sharing.processing_record.rules import Activity, Contact, Item, KeepingTime, Record
from sharing.rules import Form

# The document of a publication, see `notices.drafts.content`.
Content = Mapping[str, Any]

PEOPLE = {
    Audience.PUPIL: ("Pupils", "parents and carers"),
    Audience.WORKFORCE: ("School staff",),
}
ROLES = {
    AgreementVersion.Kind.CONTROLLERS: "Controller",
    AgreementVersion.Kind.JOINT: "Joint controller",
    AgreementVersion.Kind.PROCESSOR: "Processor",
}
FORMS = {
    Form.NAMED: "About each person, with names",
    Form.PSEUDONYMISED: "About each person, without anything that names them",
    Form.AGGREGATE: "Statistics, in which nobody is named",
}
NO_AGREEMENT = "No agreement is in force: nothing is shared regularly"


def record_on(on: date) -> Record:
    """Return the record as it is on a day: what each notice in force says the council does itself, the
    agreements in force, and other organisations that a notice names. 9 queries, and those of `terms`."""
    council = notices.controller()
    contacts = {row.kind: row for row in council.contacts.all()} if council else {}
    in_force = [
        version
        for notice in notices.notices_with_versions()
        if (version := notices.version_in_force(notice, on))
    ]
    publications = Publication.objects.in_bulk([version.pk for version in in_force])
    contents = {row.content["audience"]: row.content for row in publications.values()}
    agreements = agreements_in_force(on)
    items = {
        row.code: Item(row.code, row.label, row.special_category) for row in ItemRow.objects.all()
    }
    own = [_own(content) for content in contents.values()]
    return Record(
        council=council.name if council else "",
        service=council.service if council else "",
        officer=_contact(contacts.get("dpo")),
        enquiries=_contact(contacts.get("enquiries")),
        activities=(
            *own,
            *_shared(agreements, contents, items),
            *_named_only(agreements, contents, items),
        ),
        keeping_times=tuple(_keeping_times()),
    )


def _contact(row: Any) -> Contact | None:
    if row is None:
        return None
    ways = (row.address, row.phone, row.email)
    return Contact(row.role, tuple(way for way in ways if way))


def _said(content: Content | None, element: Element) -> str:
    """Return what a notice says of an element of Article 13, or why it need not say it."""
    if content is None:
        return ""
    bodies = [row["body"] for row in content["sections"] if row["element"] == element]
    reasons = [row["reason"] for row in content["not_applicable"] if row["element"] == element]
    return "\n\n".join(bodies) or "".join(f"Does not apply: {reason}" for reason in reasons)


def _notice(content: Content) -> str:
    return f"{content['notice']}/{content['number']}"


def _own(content: Content) -> Activity:
    """Return what the council does itself, in the words of a notice in force. No part of the policy says how
    it keeps that safe."""
    purposes = _said(content, Element.PURPOSES)
    return Activity(
        reference=_notice(content),
        title=f"The council’s own use: {content['title']}",
        purposes=(purposes,) if purposes else (),
        people=PEOPLE[Audience(content["audience"])],
        categories=_said(content, Element.CATEGORIES),
        notice=_notice(content),
        basis_words=_said(content, Element.LAWFUL_BASIS),
        transfers=_said(content, Element.TRANSFERS),
        keeping=_said(content, Element.RETENTION),
    )


def _shared(
    agreements: Sequence[AgreementVersion],
    contents: Mapping[str, Content],
    items: Mapping[str, Item],
) -> Iterator[Activity]:
    bases = bases_of(agreements)
    for version in sorted(
        agreements, key=lambda row: (row.recipient.name, row.agreement.reference)
    ):
        content = contents.get(version.audience)
        months = version.retention_months
        keeping = "" if months is None else f"{months} months after it was shared"
        joint = version.kind == AgreementVersion.Kind.JOINT
        contact = (version.contact_name, version.contact_email, version.recipient.address)
        yield Activity(
            reference=str(version),
            title=version.title,
            recipient=version.recipient.name,
            role=ROLES[AgreementVersion.Kind(version.kind)],
            joint=joint,
            joint_contact=", ".join(filter(None, contact)) if joint else "",
            purposes=tuple(annotated(version, "purpose_labels", list)),
            people=PEOPLE[Audience(version.audience)],
            items=tuple(items[code] for code in annotated(version, "item_codes", list)),
            categories=FORMS[Form(version.form)],
            counts=version.form == Form.AGGREGATE,
            notice=_notice(content) if content else "",
            basis=bases[version.pk].code,
            basis_words=version.lawful_basis,
            condition=version.special_category_condition,
            power=version.legal_gateway,
            transfers=_said(content, Element.TRANSFERS),
            keeping=". ".join(text for text in (keeping, version.deletion.rstrip(".")) if text),
            security=version.security,
        )


def _named_only(
    agreements: Sequence[AgreementVersion],
    contents: Mapping[str, Content],
    items: Mapping[str, Item],
) -> Iterator[Activity]:
    """Yield organisations that a notice in force names without an agreement that is in force."""
    agreed = {version.recipient.code for version in agreements}
    for content in contents.values():
        for line in content["recipients"]:
            if line["code"] in agreed:
                continue
            yield Activity(
                reference=f"{_notice(content)}, {line['code']}",
                title=line["legal_duty"] or NO_AGREEMENT,
                recipient=line["name"],
                purposes=tuple(purpose["label"] for purpose in line["purposes"]),
                people=PEOPLE[Audience(content["audience"])],
                items=tuple(
                    items.get(item["code"], Item(item["code"], item["label"]))
                    for item in line["items"]
                ),
                idle=not line["legal_duty"],
                notice=_notice(content),
                basis="6(1)(c)" if line["legal_duty"] else "",
                basis_words=line["legal_duty"],
                power=line["legal_duty"],
                transfers=_said(content, Element.TRANSFERS),
            )


def _keeping_times() -> Iterator[KeepingTime]:
    for kept in KEEPING:
        yield KeepingTime(kept.holds, kept.until)
