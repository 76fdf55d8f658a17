"""Log entries of agreements that came signed in a policy file (L5): nobody signed them here."""

import json
from collections.abc import Iterator
from datetime import datetime

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.log import searching
from privacy_portal.ground.log.appending import Body, body
from sharing.agreements.holding import days_told
from sharing.agreements.signing import terms_digest
from sharing.agreements.storing import dump_version, versions_with_terms

IMPORTED = "agreement-imported"
# Versions that were signed elsewhere.
SIGNED_ELSEWHERE = {"signing": None, "signed_on__isnull": False}


def imported_entries(*, by: User | None, at: datetime) -> Iterator[Body]:
    """Yield an entry with the digest of its terms, and from when to when it holds, for each version that came signed and has none yet."""
    vouched = set(_vouched())
    for version in versions_with_terms(**SIGNED_ELSEWHERE):
        named = (version.agreement.reference, version.number)
        if named not in vouched:
            part = dump_version(version)
            yield body(
                "agreement-imported",
                at=at,
                by=by,
                agreement=version.agreement.reference,
                agreement_version=version.number,
                terms=terms_digest(part),
                signed_on=version.signed_on.isoformat() if version.signed_on else None,
                **days_told(part),
            )


def _vouched() -> Iterator[tuple[str, int]]:
    for piece in searching.pieces(searching.Wanted(events=[IMPORTED])):
        for entry in piece:
            said = json.loads(bytes(entry.body))
            yield said["agreement"], said["agreement_version"]
