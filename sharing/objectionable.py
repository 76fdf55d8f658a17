"""What can be objected to: sharing that rests on the public task (C10, UK GDPR Art. 21)."""

from datetime import date

from consent.models import Matter
from consent.queries import scheme_facts, schemes
from notices.models import Audience
from sharing.models import AgreementVersion
from sharing.queries import agreements_in_force
from sharing.rules import Form, rests_on_public_task


def objectionable(on: date) -> list[Matter]:
    """Each recipient and purpose, by name, of agreements in force on the day that rest on the public
    task; 3 queries, 2 for each scheme and 1 for each agreement.

    Not where a scheme applies: an opt-out needs no reasons. Not where only counts go: nobody is in
    them alone.
    """
    covered = {scheme.recipient_id: scheme_facts(scheme) for scheme in schemes()}
    found: dict[str, Matter] = {}
    for version in agreements_in_force(on):
        if not _open_to_objections(version):
            continue
        for each in version.purposes.select_related("purpose"):
            scheme = covered.get(version.recipient_id)
            if scheme is None or not scheme.applies_to(each.purpose.code):
                matter = Matter(None, version.recipient, each.purpose)
                found[matter.key] = matter
    return sorted(found.values(), key=lambda matter: (matter.recipient.name, matter.reason))


def _open_to_objections(version: AgreementVersion) -> bool:
    return (
        version.audience == Audience.PUPIL
        and version.form != Form.AGGREGATE
        and rests_on_public_task(version.lawful_basis)
    )
