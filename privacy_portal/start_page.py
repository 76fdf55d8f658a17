"""The start page of staff: a card for each kind of thing that they have to do."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db.models import Model, QuerySet
from django.urls import reverse

from consent.decisions.objecting import waiting_objections
from consent.decisions.opting_in import tellings_for
from consent.identities import proposing
from consent.identities.same_children import questions_for
from consent.keying.keying import checks_for
from consent.models import School
from consent.queries import own_pupils, requests_to_match
from consent.roll.waiting_moves import moves_for, overdue_for, refusals_for
from consent.schools.work import overdue_schools, work_of
from notices.queries import late_reports, open_reports, waiting_versions
from privacy_portal.ground import days
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.limits import alarms
from privacy_portal.ground.mail.models import Message
from privacy_portal.ground.row_counts import row_counts
from privacy_portal.ground.stalled import deaths, heartbeats
from privacy_portal.ground.ui.environment import count, day, moment
from sharing.agreements import reminding
from sharing.disclosures.queries import not_signed_off
from sharing.models import Release
from sharing.releases.queries import releases_waiting_for
from sharing.review import destruction, incidents, overriding, recalling

MOST = 20


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of a card: `link` leads to `href`, and `overdue` stands out at the end."""

    text: str = ""
    link: str = ""
    href: str = ""
    overdue: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One kind of thing to do: a single sentence, or with `bulleted` one for each thing."""

    heading: str
    lines: Sequence[Line]
    bulleted: bool = False


def cards(user: User, schools: Sequence[School], *, at: datetime) -> list[Card]:
    """Return what the user has to do, most urgent first; 8 queries at most.

    `schools` are those of a member of school staff; none for an officer.
    """
    numbers = row_counts(_lists(user, schools, at))
    today = days.day_of(at)
    if not user.is_officer:
        return [*_coming(today), *_pupils(numbers), *_school(numbers)]
    return [
        *_alarms(at),
        *_incidents(user, numbers),
        *_shared(numbers),
        *_agreements(today),
        *_officer(numbers),
        *_coming(today),
        *_releases(user, at),
        *_signing_off(numbers),
        *_pupils(numbers),
        *_school(numbers),
    ]


def _lists(user: User, schools: Sequence[School], at: datetime) -> dict[str, QuerySet[Model]]:
    """Return the lists that cards count."""
    today = days.day_of(at)
    lists: dict[str, QuerySet[Model]] = {
        "opt-outs": requests_to_match(user),
        "moves": moves_for(user),
        "moves-overdue": overdue_for(user, at=at),
        "refusals": refusals_for(user),
        "same-children": questions_for(user),
        "second-checks": checks_for(user),
        "tellings": tellings_for(own_pupils(user)),
    }
    if not user.is_officer:
        return {**lists, "work": work_of(schools, at=at)}
    return {
        **lists,
        "incidents": incidents.open_incidents(),
        "undestroyed": destruction.overdue(today),
        "undated": destruction.undated(),
        "recalls": recalling.due(today),
        "merges": proposing.proposals_for(user),
        "objections": waiting_objections(),
        "not-signed-off": not_signed_off(),
        "to-sign-off": not_signed_off().exclude(by=user),
        "jobs": deaths.set_aside(),
        "mails-failed": Message.objects.failed(),
        "mails-overdue": Message.objects.overdue(at),
        "schools-overdue": overdue_schools(at=at),
        "reports": open_reports(),
        "reports-late": late_reports(today),
    }


def _alarms(at: datetime) -> Iterator[Card]:
    if not heartbeats.worker_runs():
        yield Card(
            "Emails are not being sent",
            [
                Line(
                    "The program that sends emails and matches opt-outs is not running. No opt-out "
                    "is lost. Ask your system administrator to start it."
                )
            ],
        )
    if recent := list(alarms.recent(at)[:10]):
        lines = [Line(f"{moment(alarm.at)}: {alarms.sentence(alarm)}") for alarm in recent]
        check = Line(
            ". There may be a good reason, such as a parents’ evening, or someone may be trying to do "
            "harm. No opt-out is lost.",
            "Check the newest online opt-outs",
            reverse("staff-opt-outs"),
        )
        yield Card("Far more online forms than usual", [*lines, check], bulleted=True)


def _incidents(user: User, numbers: Mapping[str, int]) -> Iterator[Card]:
    if number := numbers["incidents"]:
        yield _card(
            "Incidents",
            "staff-incidents",
            count(number, "incident"),
            " open. If people are at risk, you must tell the ICO within 72 hours.",
        )
    if overrides := list(overriding.to_review(user)[:MOST]):
        lines = []
        for override in overrides:
            recipient = override.disclosure.recipient
            name = recipient.name if recipient else "Unknown organisation"
            href = reverse("staff-disclosure", args=[override.disclosure.entry])
            text = f", by {override.by.name}: review within 24 hours"
            lines.append(Line(text, f"{name}, {moment(override.at)}", href))
        yield Card("Releases despite an opt-out", lines, bulleted=True)


def _shared(numbers: Mapping[str, int]) -> Iterator[Card]:
    if number := numbers["undated"]:
        yield _card(
            "Shared without a date to delete it",
            "staff-keeping",
            count(number, "disclosure"),
            " without a date by which the organisation must delete the information. Agree one, or ask "
            "them to delete it.",
        )
    if number := numbers["undestroyed"]:
        yield _card("Data to delete", "staff-keeping", count(number, "disclosure"), " overdue.")
    if number := numbers["recalls"]:
        yield _card(
            "Recalls",
            "staff-recalls",
            count(number, "file"),
            " shared after an opt-out or objection was received, or so close to it that this is not "
            f"certain. Recall {'it' if number == 1 else 'them'} or remind the organisation.",
        )


def _agreements(today: date) -> Iterator[Card]:
    lines = []
    for due in reminding.reminders_due(today)[:MOST]:
        version = due.agreement.current.row
        ends = f"ends on {day(version.ends)}" if due.ends_within is not None else ""
        review = f"review was due on {day(due.review_on)}" if due.review_on else ""
        lines.append(
            Line(
                f" {'; '.join(filter(None, (ends, review)))}",
                f"{version.agreement.reference}: {version.title}",
                reverse("staff-agreement", args=[due.agreement.agreement.pk]),
            )
        )
    if lines:
        yield Card("Agreements", lines, bulleted=True)


def _officer(numbers: Mapping[str, int]) -> Iterator[Card]:
    if number := numbers["objections"]:
        yield _card(
            "Objections",
            "staff-objections",
            count(number, "objection"),
            " to decide or to answer.",
        )
    if number := numbers["merges"]:
        yield _card(
            "Records to merge",
            "staff-merge",
            count(number, "pair of records", "pairs of records"),
            " to agree to: is it the same pupil?",
        )
    if number := numbers["jobs"]:
        yield _card(
            "Jobs that were stopped",
            "staff-jobs",
            count(number, "job"),
            " failed twice and will not be tried again.",
        )
    failed, overdue = numbers["mails-failed"], numbers["mails-overdue"]
    if failed or overdue:
        yield _card(
            "Unsent emails",
            "staff-mails",
            count(failed + overdue, "email"),
            " could not be sent."
            if not overdue
            else " not sent after 15 minutes."
            if not failed
            else f" not sent: {failed:,} failed and {overdue:,} still waiting after 15 minutes.",
        )
    if number := numbers["reports"]:
        late = numbers["reports-late"]
        yield _card(
            "Corrections and complaints",
            "staff-reports",
            count(number, "case"),
            f" {_need(number)} a reply{', ' if late else '.'}",
            overdue=f"{late:,} overdue." if late else "",
        )


def _coming(today: date) -> Iterator[Card]:
    lines = [
        Line(
            f" comes into force on {day(version.effective_from)}. {version.summary}",
            f"{version.notice.title}, version {version.number}",
            reverse("notice-version", args=[version.notice.slug, version.number]),
        )
        for version in waiting_versions(today)
    ]
    if lines:
        yield Card("New privacy notices", lines, bulleted=True)


def _releases(user: User, at: datetime) -> Iterator[Card]:
    releases = releases_waiting_for(user, at=at)
    finish = [
        _release(r, f" is approved. Release and download it by {moment(r.expires_at)}")
        for r in releases.approved
    ] + [_release(r, f" is ready. Download it by {moment(r.expires_at)}") for r in releases.ready]
    unapproved = [
        _release(r, f" expires on {moment(r.expires_at)}: ask a colleague to approve it")
        for r in releases.unapproved
    ]
    expired = [
        _release(
            r,
            f" expired on {moment(r.expires_at)}. Nothing was released: if it is still needed, check "
            "the extract again",
        )
        for r in releases.expired
    ]
    approve = [
        _release(r, f", requested by {r.requested_by.name}") for r in releases.to_approve[:MOST]
    ]
    if more := len(releases.to_approve) - len(approve):
        approve.append(Line(link=f"and {more:,} more", href=reverse("staff-releases")))
    for heading, lines in (
        ("Releases for you to finish", finish),
        ("Your releases that need approval", unapproved),
        ("Releases that expired", expired),
        ("Releases that need your approval", approve),
    ):
        if lines:
            yield Card(heading, lines, bulleted=True)


def _release(release: Release, text: str) -> Line:
    href = reverse("staff-release", args=[release.id])
    return Line(text, f"{release.agreement}, {release.file_name}", href)


def _signing_off(numbers: Mapping[str, int]) -> Iterator[Card]:
    if number := numbers["to-sign-off"]:
        everything = numbers["not-signed-off"]
        own = "" if number == everything else f": {count(number, 'disclosure')}"
        link = f"{count(everything, 'disclosure is', 'disclosures are')} not signed off"
        href = f"{reverse('staff-disclosures')}?signed_off=no"
        text = f". You can sign off those that another officer made{own}."
        yield Card("Disclosures to sign off", [Line(text, link, href)])


def _pupils(numbers: Mapping[str, int]) -> Iterator[Card]:
    if number := numbers["opt-outs"]:
        yield _card(
            "Opt-outs to match",
            "staff-opt-outs",
            count(number, "online opt-out"),
            f" {'does' if number == 1 else 'do'} not match one pupil. Choose the right pupil.",
        )
    if number := numbers["same-children"]:
        yield _card(
            "Possible duplicate records",
            "staff-same-children",
            count(number, "pupil"),
            " with a new UPN may have an older record under another. Until you answer, choices about "
            "either record apply to both.",
        )
    if number := numbers["moves"]:
        late = numbers["moves-overdue"]
        yield _card(
            "Pupils on another school’s roll",
            "staff-moves",
            count(number, "pupil"),
            " to confirm or refuse: another school says they have moved there. ",
            overdue=f"{late:,} overdue: nobody has answered for more than {settings.MOVE_DAYS} days."
            if late
            else "",
        )
    if number := numbers["refusals"]:
        stay = "stays" if number == 1 else "stay"
        text = f" you imported {stay} at another school: it or the council said no."
        href = f"{reverse('staff-moves')}#refused"
        line = Line(text, count(number, "pupil"), href)
        yield Card("Pupils who have not moved to your school", [line])


def _school(numbers: Mapping[str, int]) -> Iterator[Card]:
    if number := numbers.get("work"):
        yield _card(
            "To enter in your school’s system",
            "staff-school-work",
            count(number, "choice"),
            " to enter.",
        )
    if number := numbers["second-checks"]:
        yield _card(
            "Second checks",
            "staff-looks",
            count(number, "record"),
            " to check against the paper form.",
        )
    if number := numbers["tellings"]:
        yield _card(
            "People to tell about an opt-in",
            "staff-tellings",
            count(number, "person", "people"),
            " to contact by letter, by phone or in person.",
        )
    if number := numbers.get("schools-overdue"):
        yield _card(
            "Schools that are overdue",
            "staff-schools",
            count(number, "school"),
            f" {'has' if number == 1 else 'have'} not entered choices in their system.",
        )


def _card(heading: str, address: str, link: str, text: str, *, overdue: str = "") -> Card:
    return Card(heading, [Line(text, link, reverse(address), overdue)])


def _need(number: int) -> str:
    return "needs" if number == 1 else "need"
