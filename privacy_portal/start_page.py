"""The start page of staff: a card for each kind of thing that they have to do."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Model, QuerySet
from django.urls import reverse

from consent.decisions.objecting import waiting_objections
from consent.decisions.opting_in import tellings_for
from consent.identities import proposing
from consent.identities.same_children import questions_for
from consent.keying.keying import checks_for
from consent.models import School
from consent.protection.queries import endings_for, news_for
from consent.queries import own_pupils, requests_to_match
from consent.roll.waiting_moves import moves_for, overdue_for, refusals_for
from consent.schools.work import overdue_schools, work_of
from consent.watching.checking import schools_to_check
from notices.queries import late_reports, open_reports, waiting_versions
from privacy_portal.cards import Card, Line
from privacy_portal.control_cards import control_cards
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action, may
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.limits import alarms
from privacy_portal.ground.mail.models import Message
from privacy_portal.ground.row_counts import row_counts
from privacy_portal.ground.stalled import deaths, heartbeats
from privacy_portal.ground.terms import current as terms
from privacy_portal.ground.ui.environment import count, day, moment
from privacy_portal.people.queries import proposals_for
from privacy_portal.policy_cards import policy_cards, policy_lists
from privacy_portal.request_cards import request_cards, request_lists
from sharing.agreements import reminding
from sharing.amendments import queries as amendment_queries
from sharing.disclosures.queries import unsigned
from sharing.models import Release
from sharing.organisations.reminding import assurances_due
from sharing.pupils import list_approving
from sharing.releases.queries import releases_waiting_for
from sharing.review import destruction, incidents, overriding, recalling

MOST = 20


class Task(NamedTuple):
    """A list of things to do: what one of them is called, and the sentence after their number.

    `several` is the sentence for more than one, where it differs; `nouns` are their plural.
    """

    heading: str
    address: str
    noun: str
    sentence: str
    several: str = ""
    nouns: str = ""

    def line(self, number: int) -> Line:
        """Return the line for so many of them."""
        text = self.sentence if number == 1 else self.several or self.sentence
        return Line(text, count(number, self.noun, self.nouns), reverse(self.address))


# By the name of the list that each counts.
TASKS = {
    "incidents": Task(
        "Incidents", "staff-incidents", "incident",
        " open. If people are at risk, you must tell the ICO within 72 hours.",
    ),
    "undated": Task(
        "Shared without a date to delete it", "staff-keeping", "disclosure",
        " without a date by which the organisation must delete the information. Agree one, or ask "
        "them to delete it.",
    ),
    "undestroyed": Task("Data to delete", "staff-keeping", "disclosure", " overdue."),
    "recalls": Task(
        "Recalls", "staff-recalls", "recall",
        " to send or to follow up. Information about a pupil was shared after an opt-out or "
        "objection was received, or so close to it that this is not certain.",
    ),
    "amendments": Task(
        "Amendments to make", "staff-amendments", "amendment",
        " to make: something that was shared has changed, and the organisation asked to be told.",
    ),
    "amendments-overdue": Task(
        "Amendments not confirmed", "staff-amendments-overdue", "amendment",
        " sent more than 2 weeks ago. The organisation has not confirmed the changes.",
    ),
    "objections": Task(
        "Objections", "staff-objections", "objection", " to decide or to answer."
    ),
    "merges": Task(
        "Records to merge", "staff-merge", "pair of records",
        " to agree to: is it the same pupil?", nouns="pairs of records",
    ),
    "roles": Task(
        "Roles to agree to", "staff-people", "person",
        " is to get a role that needs your agreement.",
        " are to get roles that need your agreement.", nouns="people",
    ),
    "jobs": Task(
        "Jobs that were stopped", "staff-jobs", "job",
        " failed twice and will not be tried again.",
    ),
    "opt-outs": Task(
        "Opt-outs to match", "staff-opt-outs", "online opt-out",
        " does not match one pupil. Choose the right pupil.",
        " do not match one pupil. Choose the right pupil.",
    ),
    "news": Task(
        "News about pupils", "staff-pupil-news", "pupil",
        " newly protected, died, or moved since the last letter.",
    ),
    "same-children": Task(
        "Possible duplicate records", "staff-same-children", "pupil",
        " with a new UPN may have an older record under another. Until you answer, choices about "
        "either record apply to both.",
    ),
    "work": Task(
        "To enter in your school’s system", "staff-school-work", "choice", " to enter."
    ),
    "second-checks": Task(
        "Second checks", "staff-looks", "record", " to check against the paper form."
    ),
    "tellings": Task(
        "People to tell about an opt-in", "staff-tellings", "person",
        " to contact by letter, by phone or in person.", nouns="people",
    ),
    "schools-overdue": Task(
        "Schools that are overdue", "staff-schools", "school",
        " has not entered choices in their system.", " have not entered choices in their system.",
    ),
    "schools-to-check": Task(
        "Schools to check", "staff-school-figures", "school",
        " with no choices for a year, or far fewer than others. Letters or forms may have been lost.",
    ),
}  # fmt: skip


def cards(user: User, schools: Sequence[School], *, at: datetime) -> list[Card]:
    """Return what the user has to do, most urgent first; 9 queries at most, and for an officer those of
    `schools_to_check`.

    `schools` are those of a member of school staff; none for an officer.
    """
    today = days.day_of(at)
    if not may(user, Action.RECORD_CHOICES):
        return [*_tasks(row_counts(_lists_without_pupils(user)), "roles", "jobs"), *_coming(today)]
    numbers = row_counts(_lists(user, schools, at))
    pupils_and_school = [
        *_tasks(numbers, "opt-outs", "news", "same-children"),
        *_moves(numbers),
        *_tasks(
            numbers, "work", "second-checks", "tellings", "schools-overdue", "schools-to-check"
        ),
    ]
    if not user.is_officer:
        return [*_coming(today), *pupils_and_school]
    return [
        *control_cards(user),
        *_alarms(at),
        *_tasks(numbers, "incidents"),
        *request_cards(numbers),
        *policy_cards(numbers),
        *(_overrides(user) if may(user, Action.APPROVE) else ()),
        *_tasks(numbers, "undated", "undestroyed", "recalls", "amendments", "amendments-overdue"),
        *_agreements(today),
        *_assurances(today),
        *_endings(user, numbers),
        *_tasks(numbers, "objections", "merges", "roles", "jobs"),
        *_mails_and_reports(numbers),
        *_coming(today),
        *_releases(user, at),
        *_signing_off(numbers),
        *pupils_and_school,
    ]


def _lists_without_pupils(user: User) -> dict[str, QuerySet[Model]]:
    """Return the lists that cards count for who works with no pupils."""
    jobs = {"jobs": deaths.set_aside()} if may(user, Action.SEE_JOBS) else {}
    return {**jobs, "roles": proposals_for(user)}


def _lists(user: User, schools: Sequence[School], at: datetime) -> dict[str, QuerySet[Model]]:
    """Return the lists that cards count."""
    today = days.day_of(at)
    lists: dict[str, QuerySet[Model]] = {
        "opt-outs": requests_to_match(user),
        "moves": moves_for(user),
        "moves-overdue": overdue_for(user, at=at),
        "refusals": refusals_for(user),
        "news": news_for(user),
        "same-children": questions_for(user),
        "second-checks": checks_for(user),
        "tellings": tellings_for(own_pupils(user)),
    }
    if not user.is_officer:
        return {**lists, "work": work_of(schools, at=at)}
    return {
        **lists,
        "incidents": incidents.open_incidents(),
        "undestroyed": destruction.due_before(today),
        "undated": destruction.due_undated(),
        "recalls": recalling.due(today),
        "amendments": amendment_queries.due(),
        "amendments-overdue": amendment_queries.overdue(at),
        "merges": proposing.proposals_for(user),
        "objections": waiting_objections(),
        **request_lists(user, at),
        **policy_lists(user),
        "roles": proposals_for(user),
        "endings": endings_for(user),
        **({"lists": list_approving.requests_for(user)} if may(user, Action.APPROVE) else {}),
        "not-signed-off": unsigned(),
        "to-sign-off": unsigned().exclude(by=user),
        "jobs": deaths.set_aside(),
        "mails-failed": Message.objects.failed(),
        "mails-overdue": Message.objects.overdue(at),
        "schools-overdue": overdue_schools(user, at=at),
        "schools-to-check": schools_to_check(at=at),
        "reports": open_reports(),
        "reports-late": late_reports(today),
    }


def _tasks(numbers: Mapping[str, int], *names: str) -> Iterator[Card]:
    for name in names:
        if number := numbers.get(name):
            yield Card(TASKS[name].heading, [TASKS[name].line(number)])


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
    if recent := alarms.recent(at)[:10]:
        lines = [Line(f"{moment(alarm.at)}: {alarms.sentence(alarm)}") for alarm in recent]
        check = Line(
            ". There may be a good reason, such as a parents’ evening, or someone may be trying to do "
            "harm. No opt-out is lost.",
            "Check the newest online opt-outs",
            reverse("staff-opt-outs"),
        )
        yield Card("Far more online forms than usual", [*lines, check], bulleted=True)


def _overrides(user: User) -> Iterator[Card]:
    lines = []
    for override in overriding.to_review(user)[:MOST]:
        recipient = override.disclosure.recipient
        name = recipient.name if recipient else "Unknown organisation"
        href = reverse("staff-disclosure", args=[override.disclosure.entry])
        text = f", by {override.by.name}: review within 24 hours"
        lines.append(Line(text, f"{name}, {moment(override.at)}", href))
    if lines:
        yield Card("Releases despite an opt-out", lines, bulleted=True)


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


def _assurances(today: date) -> Iterator[Card]:
    due = assurances_due(today)
    lines = []
    for one in due[:MOST]:
        row = one.assurance
        text = f": {row.title} ends on {day(row.ends)}"
        if one.within is None:
            text = f": {row.title} ended on {day(row.ends)}. You cannot sign agreements with it"
        href = reverse("staff-organisation", args=[one.recipient.code])
        lines.append(Line(text, one.recipient.name, href))
    if more := len(due) - len(lines):
        lines.append(Line(link=f"and {more:,} more", href=reverse("staff-organisations")))
    if lines:
        yield Card("Registrations and certificates of organisations", lines, bulleted=True)


def _endings(user: User, numbers: Mapping[str, int]) -> Iterator[Card]:
    if numbers["endings"]:
        lines = [
            Line(
                f": asked for by {ending.by.name}. Only a second officer can end it",
                ending.pupil.name,
                reverse("staff-protection", args=[ending.pupil.reference]),
            )
            for ending in endings_for(user)[:MOST]
        ]
        yield Card("Protection that may end", lines, bulleted=True)
    if numbers.get("lists"):
        lines = [
            Line(
                f": asked for by {asked.by.name}. An approving officer must agree",
                asked.pupil.name,
                reverse("staff-pupil-list", args=[asked.pupil.reference]),
            )
            for asked in list_approving.requests_for(user)[:MOST]
        ]
        yield Card("Lists about protected pupils to give out", lines, bulleted=True)


def _mails_and_reports(numbers: Mapping[str, int]) -> Iterator[Card]:
    failed, overdue = numbers["mails-failed"], numbers["mails-overdue"]
    if number := failed + overdue:
        text = f" not sent: {failed:,} failed and {overdue:,} still waiting after 15 minutes."
        if not overdue:
            text = " could not be sent."
        elif not failed:
            text = " not sent after 15 minutes."
        yield Card("Unsent emails", [Line(text, count(number, "email"), reverse("staff-mails"))])
    if number := numbers["reports"]:
        late = numbers["reports-late"]
        text = f" {'needs' if number == 1 else 'need'} a reply{', ' if late else '.'}"
        href = reverse("staff-reports")
        line = Line(text, count(number, "case"), href, f"{late:,} overdue." if late else "")
        yield Card("Corrections and complaints", [line])


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
        _release(r, f" expires on {moment(r.expires_at)}: ask an approving officer to approve it")
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
    to_approve = releases.to_approve if may(user, Action.APPROVE) else []
    approve = [_release(r, f", requested by {r.requested_by.name}") for r in to_approve[:MOST]]
    if more := len(to_approve) - len(approve):
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


def _moves(numbers: Mapping[str, int]) -> Iterator[Card]:
    href = reverse("staff-moves")
    if number := numbers["moves"]:
        overdue = ""
        if late := numbers["moves-overdue"]:
            overdue = f"{late:,} overdue: nobody has answered for more than {terms.number('move_days')} days."
        text = " to confirm or refuse: another school says they have moved there. "
        line = Line(text, count(number, "pupil"), href, overdue)
        yield Card("Pupils on another school’s roll", [line])
    if number := numbers["refusals"]:
        stay = "stays" if number == 1 else "stay"
        text = f" you imported {stay} at another school: it or the council said no."
        line = Line(text, count(number, "pupil"), f"{href}#refused")
        yield Card("Pupils who have not moved to your school", [line])
