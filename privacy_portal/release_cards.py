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


def sign_off_cards(totals: Mapping[str, Total]) -> Iterator[Card]:
    """Yield that disclosures are not signed off, where there are some that this officer can sign off."""
    if number := totals["to-sign-off"].number:
        everything = totals["not-signed-off"].number
        own = "" if number == everything else f": {count(number, 'disclosure')}"
        link = f"{count(everything, 'disclosure is', 'disclosures are')} not signed off"
        href = f"{reverse('staff-disclosures')}?signed_off=no"
        text = f". You can sign off those that another officer made{own}."
        yield Card("Disclosures to sign off", [Line(text, link, href, number=everything)])
