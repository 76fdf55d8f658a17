"""Headings that no item has: an officer says what stands under them, for one file (D, unknown-item).

What is said is logged, shown to whoever approves, and proposed for the recipient's next file.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from notices.models import Item
from privacy_portal.ground import days
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.names import folded_heading
from sharing.deciding.policy import Loaded, load
from sharing.models import AgreementVersion, HeadingAssignment, Release
from sharing.releases.desk import locked, request_check


def unknown_headings(release: Release, loaded: Loaded) -> list[str]:
    """Return the headings of the file that no item has, as written."""
    return [
        heading
        for heading in release.headings
        if heading.strip() and folded_heading(heading) not in loaded.headings
    ]


def proposals(release: Release, loaded: Loaded) -> dict[str, str]:
    """Return the item last assigned to such headings in files for this recipient: a code by heading;
    1 query."""
    assert loaded.version is not None  # without one the request was refused
    codes = dict(
        HeadingAssignment.objects.filter(recipient=loaded.version.recipient_id).values_list(
            "folded", "item__code"
        )
    )
    return {
        heading: codes[folded]
        for heading in unknown_headings(release, loaded)
        if (folded := folded_heading(heading)[:200]) in codes
    }


def assign(release_id: UUID, items: Mapping[str, str], *, by: User, at: datetime) -> None:
    """Assign items to unknown headings, by their codes (empty: leave it out), and have the file
    checked. The assignment is remembered for the recipient, and logged. Raises NotNowError."""
    with transaction.atomic():
        release = locked(release_id, at)
        if release.state != Release.State.MATCHING or release.requested_by_id != by.pk:
            raise NotNowError("This file’s headings do not need matching.")
        loaded = load(release.agreement, release.purpose, days.day_of(at))
        unknown = unknown_headings(release, loaded)
        assigned = {
            heading: items[heading] for heading in unknown if items.get(heading) in loaded.items
        }
        release.assigned, release.state = assigned, Release.State.CHECKING
        release.save(update_fields=["assigned", "state"])
        assert loaded.version is not None  # without one the request was refused
        _remember(loaded.version, unknown, assigned, by=by, at=at)
        request_check(release)
        by_digest = {_digest_of(heading): code for heading, code in assigned.items()}
        log.record("headings-assigned", at=at, by=by, release=str(release_id), assigned=by_digest)


def _remember(
    version: AgreementVersion,
    unknown: list[str],
    assigned: Mapping[str, str],
    *,
    by: User,
    at: datetime,
) -> None:
    items = Item.objects.in_bulk(list(assigned.values()), field_name="code")
    for heading in unknown:
        key: dict[str, Any] = {
            "recipient_id": version.recipient_id,
            "folded": folded_heading(heading)[:200],
        }
        if heading in assigned:
            values = {"item": items[assigned[heading]], "at": at, "by": by}
            HeadingAssignment.objects.update_or_create(**key, defaults=values)
        else:
            HeadingAssignment.objects.filter(**key).delete()


def _digest_of(heading: str) -> str:
    return hashlib.sha256(folded_heading(heading).encode()).hexdigest()
