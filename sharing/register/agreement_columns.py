"""What the public register says of an agreement: columns of the UK register of information sharing
agreements under Part 5 of the Digital Economy Act 2017, as its agreements have them (docs/decisions/25)."""

from datetime import date

from notices.queries import contact_of_council, controller
from sharing.models import AgreementVersion, Disclosure, RequestDetails

Columns = dict[str, str]

COLUMNS = (
    "id", "agreement_name", "powers", "controllers", "processors", "benefits", "contact", "start_date",
    "end_date", "review_date", "retention_period", "isa_status",
)  # fmt: skip
ACTIVE, COMPLETE = "Active", "Complete"
SINGLE_REQUEST = "A single request, without an agreement"


def contact_words() -> tuple[str, str]:
    """Return the council's name and how to reach it about what is shared; 2 queries."""
    council, contact = controller(), contact_of_council()
    words = [contact.role, contact.phone, contact.email, contact.address] if contact else []
    return council.name if council else "", ", ".join(word for word in words if word)


def agreement_columns(
    disclosure: Disclosure, council: str, contact: str, on: date
) -> Columns | None:
    """Return COLUMNS of what a disclosure rests on: an agreement, or the decision on a request for data.
    None where there was neither. `on` is the day of publication, from which the status is seen."""
    version = disclosure.agreement_version
    if version is not None:
        return dict.fromkeys(COLUMNS, "") | _of_agreement(version, council, contact, on)
    if disclosure.request_decision is None:
        return None
    power = disclosure.request_decision.details.power
    return dict.fromkeys(COLUMNS, "") | {
        "agreement_name": SINGLE_REQUEST,
        "powers": RequestDetails.Power(power).label if power else "",
        "controllers": council,
        "contact": contact,
    }


def _of_agreement(version: AgreementVersion, council: str, contact: str, on: date) -> Columns:
    processor = version.kind == AgreementVersion.Kind.PROCESSOR
    recipient = version.recipient.name
    months = version.retention_months
    ends = min(filter(None, (version.ends, version.terminated_on)))
    return {
        "id": f"{version.agreement.reference}/{version.number}",
        "agreement_name": version.title,
        "powers": version.legal_gateway,
        "controllers": council if processor else "; ".join(filter(None, (council, recipient))),
        "processors": recipient if processor else "",
        "benefits": version.benefit,
        "contact": contact,
        "start_date": version.starts.isoformat(),
        "end_date": ends.isoformat(),
        "review_date": version.review_on.isoformat() if version.review_on else "",
        "retention_period": "" if months is None else f"{months} months",
        "isa_status": COMPLETE if ends < on else ACTIVE,
    }
