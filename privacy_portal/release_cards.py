"""Cards of releases and of disclosures to sign off on the start page of officers."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from django.urls import reverse

from privacy_portal.cards import Card, Line, due_at
from privacy_portal.ground.accounts.access import Action, may
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.row_counts import Total
from privacy_portal.ground.ui.environment import count, moment
from privacy_portal.timing import card
from sharing.models import Release
from sharing.releases.queries import releases_waiting_for

# As many releases that need approval are listed, and the others counted.
MOST = 20


def release_cards(user: User, at: datetime) -> Iterator[Card]:
    """Yield the releases that somebody has to finish, and those they can approve; 1 query."""
    releases = releases_waiting_for(user, at=at)
    finish = [
        _release(r, f" is approved. Release and download it by {moment(r.expires_at)}", at)
        for r in releases.approved
    ] + [
        _release(r, f" is ready. Download it by {moment(r.expires_at)}", at) for r in releases.ready
    ]
    unapproved = [
        _release(
            r, f" expires on {moment(r.expires_at)}: ask an approving officer to approve it", at
        )
        for r in releases.unapproved
    ]
    expired = [
        _release(
            r,
            f" expired on {moment(r.expires_at)}. Nothing was released: if it is still needed, check "
            "the extract again",
            at,
        )
        for r in releases.expired
    ]
    to_approve = releases.to_approve if may(user, Action.APPROVE) else []
    approve = [_release(r, f", requested by {r.requested_by.name}", at) for r in to_approve[:MOST]]
    if more := len(to_approve) - len(approve):
        # Below the last that is listed: they come in the order in which they expire.
        href = reverse("staff-releases")
        last = replace(approve[-1], text="", link=f"and {more:,} more", href=href)
        approve.append(replace(last, number=more))
    for heading, lines in (
        ("Releases for you to finish", finish),
        ("Your releases that need approval", unapproved),
        ("Releases that expired", expired),
        ("Releases that need your approval", approve),
    ):
        if lines:
            yield Card(heading, lines, mine=True)


def _release(release: Release, text: str, at: datetime) -> Line:
    href = reverse("staff-release", args=[release.id])
    line = Line(text, f"{release.agreement}, {release.file_name}", href)
    return due_at(line, release.expires_at, at)


def sign_off_cards(user: User, totals: Mapping[str, Total], at: datetime) -> Iterator[Card]:
    """Yield that others ask about what this officer shared, and what they can sign off now, where there is
    any."""
    log = reverse("staff-disclosures")
    for name, heading, query, text in (
        (
            "questions", "Questions for you", f"questions=open&officer={user.pk}",
            ": another officer asks about what you shared. Nobody can sign it off until you answer.",
        ),
        (
            "to-sign-off", "Disclosures to sign off", "signed_off=mine",
            " to sign off that another officer made.",
        ),
    ):  # fmt: skip
        if number := totals[name].number:
            line = Line(text, count(number, "disclosure"), f"{log}?{query}")
            yield card(heading, line, name, totals[name], at)
