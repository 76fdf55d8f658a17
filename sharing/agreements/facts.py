"""Facts that rules need about a version of an agreement, and the lock that holds an agreement still."""

from collections.abc import Iterable

from sharing import rules
from sharing.models import Agreement, AgreementVersion


def agreement_facts(
    version: AgreementVersion,
    *,
    purposes: Iterable[str] | None = None,
    items: Iterable[str] | None = None,
) -> rules.Agreement:
    """Return a version as rules need it; no query where its suspensions are prefetched, and its
    terms are too or their codes are passed."""
    if purposes is None:
        purposes = (agreed.purpose.code for agreed in version.purposes.all())
    if items is None:
        items = (agreed.item.code for agreed in version.items.all())
    return rules.Agreement(
        reference=version.agreement.reference,
        version=version.number,
        recipient=version.recipient.code,
        audience=version.audience,
        form=rules.Form(version.form),
        purposes=frozenset(purposes),
        items=frozenset(items),
        schools=None if version.all_schools else frozenset(version.schools),
        starts=version.starts,
        ends=version.ends,
        signed_on=version.signed_on,
        terminated_on=version.terminated_on,
        suspensions=tuple(
            rules.Suspension(suspension.first, suspension.last)
            for suspension in version.suspensions.all()
        ),
    )


def lock_agreement(reference: str) -> None:
    """Lock the agreement and its versions until the transaction ends; 2 queries."""
    list(Agreement.objects.select_for_update().filter(reference=reference))
    list(
        AgreementVersion.objects.select_for_update()
        .filter(agreement__reference=reference)
        .order_by("id")
        .values_list("id")
    )
