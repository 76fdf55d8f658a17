"""What can be objected to: sharing that rests on the public task (C10, UK GDPR Art. 21)."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Exists, OuterRef, Q

from consent.models import BasicItem, Matter, Scheme
from notices.models import Audience
from privacy_portal.ground.annotations import annotated
from sharing.agreements.in_force import agreements_in_force
from sharing.agreements.lawful_bases import bases_of
from sharing.basis_rules import LEGAL_OBLIGATION, PUBLIC_TASK
from sharing.models import AgreedPurpose, AgreementVersion
from sharing.rules import Form

# What an agreement may name where the authority supplies: it has no duty, whatever the text says.
NO_DUTY = ("", LEGAL_OBLIGATION)


def objectionable(on: date) -> list[Matter]:
    """Return what people can object to on the day; 4 queries."""
    return objectionable_in(agreements_in_force(on))


def objectionable_in(versions: Iterable[AgreementVersion]) -> list[Matter]:
    """Return each recipient and purpose, by name, of those agreements that rest on the public task;
    2 queries.

    Where a scheme applies an opt-out needs no reasons, so an objection is of use only against the basic
    items: they can be objected to where the authority itself supplies them, since it has a power and no
    duty. Not where only counts go: nobody is in them alone.
    """
    by_id = {version.pk: version for version in versions if _open_to_objections(version)}
    bases = bases_of(by_id.values())
    scheme = Scheme.objects.filter(
        Q(purposes=None) | Q(purposes__purpose=OuterRef("purpose")),
        recipient=OuterRef("version__recipient"),
    )
    basics = Exists(BasicItem.objects.filter(scheme=OuterRef("pk")))
    by_power = scheme.filter(basics, supplied_by=Scheme.Supplier.AUTHORITY)
    purposes = AgreedPurpose.objects.annotate(by_power=Exists(by_power)).filter(
        ~Exists(scheme) | Q(by_power=True), version__in=list(by_id)
    )
    matters = {}
    for agreed in purposes.select_related("purpose"):
        basis = bases[agreed.version_id].code
        power = annotated(agreed, "by_power", bool)
        if basis == PUBLIC_TASK or (power and basis in NO_DUTY):
            matter = Matter(None, by_id[agreed.version_id].recipient, agreed.purpose)
            matters[matter.key] = matter
    return sorted(matters.values(), key=lambda matter: (matter.recipient.name, matter.reason))


def _open_to_objections(version: AgreementVersion) -> bool:
    return version.audience == Audience.PUPIL and version.form != Form.AGGREGATE
