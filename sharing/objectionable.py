"""What can be objected to: sharing that rests on the public task (C10, UK GDPR Art. 21)."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Exists, OuterRef, Q

from consent.models import Matter, Scheme
from notices.models import Audience
from sharing.models import AgreedPurpose, AgreementVersion
from sharing.queries import agreements_in_force
from sharing.rules import Form, rests_on_public_task


def objectionable(on: date) -> list[Matter]:
    """What can be objected to on the day; 3 queries."""
    return objectionable_in(agreements_in_force(on))


def objectionable_in(versions: Iterable[AgreementVersion]) -> list[Matter]:
    """Each recipient and purpose, by name, of those agreements that rest on the public task; 1 query.

    Not where a scheme applies: an opt-out needs no reasons. Not where only counts go: nobody is in
    them alone.
    """
    resting = {version.pk: version for version in versions if _open_to_objections(version)}
    scheme = Scheme.objects.filter(
        Q(purposes=None) | Q(purposes__purpose=OuterRef("purpose")),
        recipient=OuterRef("version__recipient"),
    )
    agreed = AgreedPurpose.objects.filter(~Exists(scheme), version__in=list(resting))
    found = {}
    for each in agreed.select_related("purpose"):
        matter = Matter(None, resting[each.version_id].recipient, each.purpose)
        found[matter.key] = matter
    return sorted(found.values(), key=lambda matter: (matter.recipient.name, matter.reason))


def _open_to_objections(version: AgreementVersion) -> bool:
    return (
        version.audience == Audience.PUPIL
        and version.form != Form.AGGREGATE
        and rests_on_public_task(version.lawful_basis)
    )
