"""The lawful basis of each agreement (a letter of UK GDPR Article 6(1)), read from its text or confirmed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log import appending as log
from sharing.agreements.facts import lock_agreement
from sharing.basis_rules import basis_in
from sharing.models import AgreementVersion, ConfirmedBasis


@dataclass(frozen=True, slots=True)
class Basis:
    """A lawful basis: its code (empty where the text names none), and the row that confirms it, if any."""

    code: str
    confirmed: ConfirmedBasis | None


def bases_of(versions: Iterable[AgreementVersion]) -> dict[int, Basis]:
    """Return the basis of each version, by its id; 1 query, none for drafts, whose text says it."""
    versions = list(versions)
    signed = {version.agreement_id for version in versions if version.signed_on is not None}
    confirmed = {
        (row.agreement_id, row.number): row
        for row in ConfirmedBasis.objects.filter(agreement__in=signed).select_related("by")
    }
    bases = {}
    for version in versions:
        row = confirmed.get((version.agreement_id, version.number))
        code = row.code if row else basis_in(version.lawful_basis)
        bases[version.pk] = Basis(code, row)
    return bases


def confirm(version: AgreementVersion, code: str, *, by: User, at: datetime) -> None:
    """Record, logged, on which basis a signed version rests; its terms stay as they are (A2).

    Raises NotNowError for a draft: its text can still say it.
    """
    if version.signed_on is None:
        raise NotNowError("A draft says its lawful basis in its terms. Change them there.")
    with transaction.atomic():
        lock_agreement(version.agreement.reference)
        ConfirmedBasis.objects.create(
            agreement=version.agreement, number=version.number, code=code, by=by, at=at
        )
        details = {
            "agreement": version.agreement.reference,
            "version": version.number,
            "basis": code,
        }
        log.record("lawful-basis-confirmed", at=at, by=by, **details)


def store_codes(codes: Mapping[tuple[str, int], str], *, at: datetime) -> None:
    """Add the codes that a policy file gives, by reference and version, where they are new."""
    versions = AgreementVersion.objects.select_related("agreement").filter(
        agreement__reference__in={reference for reference, _ in codes}
    )
    bases = bases_of(versions)
    for version in versions:
        code = codes.get((version.agreement.reference, version.number))
        row = bases[version.pk].confirmed
        if code and (row is None or row.code != code):
            ConfirmedBasis.objects.create(
                agreement=version.agreement, number=version.number, code=code, at=at
            )


def confirmed_codes() -> dict[tuple[str, int], str]:
    """Return the codes that were confirmed, by reference and version; 1 query."""
    rows = ConfirmedBasis.objects.values_list("agreement__reference", "number", "code")
    return {(reference, number): code for reference, number, code in rows.order_by("pk")}
