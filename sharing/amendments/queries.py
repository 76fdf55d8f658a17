"""Reads of amendments; each says how many queries it takes."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from sharing.models import AgreementVersion, Amendment, AmendmentStep, Disclosure, Release
from sharing.releases.desk import OPEN

Kind = AmendmentStep.Kind


def amendments() -> QuerySet[Amendment]:
    """Load every amendment, newest first; 1 query.

    Each has `release_id` of the newest release that is not over, `sent_entry` and `sent_at` of the
    disclosure that left, `ended` and `ended_at` of the step that ended it; None for none. `asked` says whether a
    link was sent.
    """
    steps = AmendmentStep.objects.filter(amendment=OuterRef("pk"))
    ending = steps.filter(kind__in=[Kind.LAPSED, Kind.ACKNOWLEDGED])
    left = Disclosure.objects.filter(
        release__amendment=OuterRef("pk"), release__state=Release.State.HANDED_OVER, undone=None
    ).order_by("-entry")
    under_way = Release.objects.filter(amendment=OuterRef("pk"), state__in=OPEN)
    state: dict[str, Any] = {
        "release_id": Subquery(under_way.order_by("-checked_at").values("pk")[:1]),
        "sent_entry": Subquery(left.values("entry")[:1]),
        "sent_at": Subquery(left.values("at")[:1]),
        "ended": Subquery(ending.values("kind")[:1]),
        "ended_at": Subquery(ending.values("at")[:1]),
        "asked": Exists(steps.filter(kind=Kind.ASKED)),
    }
    rows = Amendment.objects.select_related("agreement", "purpose", "by")
    return rows.annotate(**state).order_by("-pk")


def due() -> QuerySet[Amendment]:
    """Load the amendments whose file was not handed over yet, oldest first; 1 query."""
    return amendments().filter(Q(ended=None, sent_entry=None)).order_by("pk")


def waiting() -> QuerySet[Amendment]:
    """Load the amendments that were sent and not acknowledged, oldest first; 1 query."""
    return amendments().filter(Q(ended=None, sent_entry__isnull=False)).order_by(F("sent_at"))


def overdue(at: datetime) -> QuerySet[Amendment]:
    """Load those that wait for longer than the organisation is given; 1 query."""
    before = at - timedelta(days=settings.AMENDMENT_OVERDUE_DAYS)
    return waiting().filter(Q(sent_at__lte=before))


def acknowledged() -> QuerySet[Amendment]:
    """Load the amendments that were acknowledged, newest first; 1 query."""
    return amendments().filter(Q(ended=Kind.ACKNOWLEDGED)).order_by(F("ended_at").desc())


def release_of(amendment: Amendment) -> Release | None:
    """Load the release by which an amendment left, with its disclosure; 1 query."""
    left = Release.objects.filter(
        amendment=amendment, state=Release.State.HANDED_OVER, disclosure__undone=None
    )
    return left.select_related("disclosure__recipient").order_by("-disclosure__entry").first()


def contact_of(amendment: Amendment) -> str:
    """Return the address to which the organisation is written: that of the newest signed version of the
    agreement; empty where there is none. 1 query."""
    signed = AgreementVersion.objects.filter(
        agreement=amendment.agreement_id, signed_on__isnull=False
    ).exclude(contact_email="")
    return signed.order_by("-number").values_list("contact_email", flat=True).first() or ""


def organisations() -> dict[str, str]:
    """Return the name of the organisation of each agreement, by its reference; 1 query."""
    rows = AgreementVersion.objects.order_by("number")
    return dict(rows.values_list("agreement__reference", "recipient__name"))


def organisation_of(amendment: Amendment) -> str:
    """Return the name of the organisation that an amendment is for; 1 query."""
    version = (
        AgreementVersion.objects.filter(agreement=amendment.agreement_id)
        .order_by(F("signed_on").desc(nulls_last=True), "-number")
        .select_related("recipient")
        .first()
    )
    return version.recipient.name if version else ""
