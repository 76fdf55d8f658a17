"""What can be objected to: sharing that rests on the public task (C10, UK GDPR Art. 21)."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Exists, OuterRef, Q

from consent.models import Matter, Scheme
from notices.models import Audience
from sharing.agreements.in_force import agreements_in_force
from sharing.agreements.lawful_bases import bases_of
from sharing.basis_rules import PUBLIC_TASK
from sharing.models import AgreedPurpose, AgreementVersion
from sharing.rules import Form


def objectionable(on: date) -> list[Matter]:
    """Return what people can object to on the day; 4 queries."""
    return objectionable_in(agreements_in_force(on))


def objectionable_in(versions: Iterable[AgreementVersion]) -> list[Matter]:
    """Return each recipient and purpose, by name, of those agreements that rest on the public task;
    2 queries.

    Not where a scheme applies: an opt-out needs no reasons. Not where only counts go: nobody is in
    them alone.
    """
    versions = list(versions)
    bases = bases_of(versions)
    resting = {
        version.pk: version
        for version in versions
        if _open_to_objections(version) and bases[version.pk].code == PUBLIC_TASK
    }
    scheme = Scheme.objects.filter(
        Q(purposes=None) | Q(purposes__purpose=OuterRef("purpose")),
        recipient=OuterRef("version__recipient"),
    )
    purposes = AgreedPurpose.objects.filter(~Exists(scheme), version__in=list(resting))
    matters = {}
    for agreed in purposes.select_related("purpose"):
        matter = Matter(None, resting[agreed.version_id].recipient, agreed.purpose)
        matters[matter.key] = matter
    return sorted(matters.values(), key=lambda matter: (matter.recipient.name, matter.reason))


def _open_to_objections(version: AgreementVersion) -> bool:
    return version.audience == Audience.PUPIL and version.form != Form.AGGREGATE
