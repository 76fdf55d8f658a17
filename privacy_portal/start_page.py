"""The start page of staff: a card for each kind of thing that they have to do, listed by urgency."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from django.db.models import Model, QuerySet
from django.urls import reverse

from consent.decisions.objecting import waiting_objections
from consent.decisions.opting_in import tellings_for
from consent.identities import proposing
from consent.identities.same_children import questions_for
from consent.keeping.records import wishes_for
from consent.keying.keying import checks_for
from consent.models import School
from consent.protection.queries import endings_for, news_for
from consent.queries import own_pupils, requests_to_match, schools_of
from consent.roll.waiting_moves import moves_for, overdue_for, refusals_for
from consent.schools.work import overdue_schools, work_of
from consent.watching.checking import schools_to_check
from notices.queries import late_reports, open_reports, waiting_versions
from privacy_portal.cards import Card, Line, When, due_at, due_on
from privacy_portal.control_cards import control_cards, log_check_cards
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action, may
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.limits import alarms
from privacy_portal.ground.mail.models import Message
from privacy_portal.ground.row_counts import Total, row_totals
from privacy_portal.ground.stalled import deaths, heartbeats
from privacy_portal.ground.terms import current as terms
from privacy_portal.ground.ui.environment import count, day, moment
from privacy_portal.keeping_cards import keeping_cards
from privacy_portal.people.queries import proposals_for
from privacy_portal.policy_cards import policy_cards, policy_lists
from privacy_portal.release_cards import release_cards, sign_off_cards
from privacy_portal.request_cards import request_cards, request_lists
from privacy_portal.timing import FIRSTS, card
from sharing.agreements import reminding
from sharing.amendments import queries as amendment_queries
from sharing.keeping.overdue import erasing_lists
from sharing.log_search.checks import failed_check
from sharing.organisations.reminding import assurances_due
from sharing.pupils import list_approving
from sharing.review import destruction, incidents, overriding, questioning, recalling, signing_off

MOST = 20


class Counted(NamedTuple):
    """A list of things to do: what one of them is called, and the sentence after their number.

    `several` is the sentence for more than one, where it differs; `nouns` are their plural; `query` filters
    the list at the address.
    """

    heading: str
    address: str
    noun: str
    sentence: str
    several: str = ""
    nouns: str = ""
    query: str = ""

    def line(self, number: int) -> Line:
        """Return the line for so many of them."""
        text = self.sentence if number == 1 else self.several or self.sentence
        return Line(text, count(number, self.noun, self.nouns), self._href())

    def _href(self) -> str:
        return reverse(self.address) + (f"?{self.query}" if self.query else "")


# By the name of the list that each counts.
TASKS = {
    "incidents": Counted(
        "Incidents", "staff-incidents", "incident",
        " open. If people are at risk, you must tell the ICO within 72 hours.",
    ),
    "undated": Counted(
        "Shared without a date to delete it", "staff-keeping", "disclosure",
        " without a date by which the organisation must delete the information. Agree one, or ask "
        "them to delete it.",
        query="due=undated",
    ),
    "undestroyed": Counted(
        "Data to delete", "staff-keeping", "disclosure", " overdue.", query="due=overdue"
    ),
    "recalls": Counted(
        "Recalls", "staff-recalls", "recall",
        " to send or to follow up. Information about a pupil was shared after an opt-out or "
        "objection was received, or so close to it that this is not certain.",
    ),
    "amendments": Counted(
        "Amendments to make", "staff-amendments", "amendment",
        " to make: something that was shared has changed, and the organisation asked to be told.",
    ),
    "amendments-overdue": Counted(
        "Amendments not confirmed", "staff-amendments-overdue", "amendment",
        " sent more than 2 weeks ago. The organisation has not confirmed the changes.",
    ),
    "objections": Counted(
        "Objections", "staff-objections", "objection", " to decide or to answer."
    ),
    "merges": Counted(
        "Records to merge", "staff-merge", "pair of records",
        " to agree to: is it the same pupil?", nouns="pairs of records",
    ),
    "roles": Counted(
        "Roles to agree to", "staff-people", "person",
        " is to get a role that needs your agreement.",
        " are to get roles that need your agreement.", nouns="people",
    ),
    "jobs": Counted(
        "Jobs that were stopped", "staff-jobs", "job",
        " failed twice and will not be tried again.",
    ),
    "opt-outs": Counted(
        "Opt-outs to match", "staff-opt-outs", "online opt-out",
        " does not match one pupil. Choose the right pupil.",
        " do not match one pupil. Choose the right pupil.",
    ),
    "news": Counted(
        "News about pupils", "staff-pupil-news", "pupil",
        " newly protected, died, or moved since the last letter.",
    ),
    "same-children": Counted(
        "Possible duplicate records", "staff-same-children", "pupil",
        " with a new UPN may have an older record under another. Until you answer, choices about "
        "either record apply to both.",
    ),
    "work": Counted(
        "To enter in your school’s system", "staff-school-work", "choice", " to enter."
    ),
    "second-checks": Counted(
        "Second checks", "staff-looks", "record", " to check against the paper form."
    ),
    "tellings": Counted(
        "People to tell about an opt-in", "staff-tellings", "person",
        " to contact by letter, by phone or in person.", nouns="people",
    ),
    "schools-overdue": Counted(
        "Schools that are overdue", "staff-schools", "school",
        " has not entered choices in their system.", " have not entered choices in their system.",
    ),
    "schools-to-check": Counted(
        "Schools to check", "staff-school-figures", "school",
        " with no choices for a year, or far fewer than others. Letters or forms may have been lost.",
    ),
}  # fmt: skip


def cards_of(user: User, *, at: datetime) -> list[Card]:
    """Return what somebody has to do as `cards` does, for the schools they work at; 1 query more."""
    schools = [] if user.sees_every_school else list(schools_of(user))
    return cards(user, schools, at=at)


def cards(user: User, schools: Sequence[School], *, at: datetime) -> list[Card]:
    """Return what the user has to do, most urgent first; 10 queries at most.

    `schools` are those of a member of school staff; none for an officer.
    """
    if not may(user, Action.RECORD_CHOICES):
        totals = row_totals(_lists_without_pupils(user), FIRSTS)
        return [*_tasks(totals, at, "roles", "jobs"), *_coming(at)]
    totals = row_totals(_lists(user, schools, at), FIRSTS)
    pupils_and_school = [
        *_tasks(totals, at, "opt-outs", "news", "same-children"),
        *_moves(totals, at),
        *_tasks(
            totals, at, "work", "second-checks", "tellings", "schools-overdue", "schools-to-check"
        ),
    ]
    if not user.is_officer:
        return [*_coming(at), *pupils_and_school]
    return [
        *log_check_cards(totals),
        *control_cards(user),
        *_alarms(at),
        *_tasks(totals, at, "incidents"),
        *request_cards(totals, at),
        *policy_cards(totals, at),
        *(_overrides(user, at) if may(user, Action.APPROVE) else ()),
        *_tasks(
            totals, at, "undated", "undestroyed", "recalls", "amendments", "amendments-overdue"
        ),
        *_agreements(at),
        *_assurances(at),
        *_endings(user, totals),
        *keeping_cards(user, totals, at),
        *_tasks(totals, at, "objections", "merges", "roles", "jobs"),
        *_mails_and_reports(totals, at),
        *_coming(at),
        *release_cards(user, at),
        *sign_off_cards(user, totals, at),
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
        "log-check": failed_check(),
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
        "erasure-wishes": wishes_for(user),
        **erasing_lists(at),
        **({"lists": list_approving.requests_for(user)} if may(user, Action.APPROVE) else {}),
        "questions": questioning.to_answer(user),
        "to-sign-off": signing_off.to_sign_off(user),
        "jobs": deaths.set_aside(),
        "mails-failed": Message.objects.failed(),
        "mails-overdue": Message.objects.overdue(at),
        "schools-overdue": overdue_schools(user, at=at),
        "schools-to-check": schools_to_check(at=at),
        "reports": open_reports(),
        "reports-late": late_reports(today),
    }


def _tasks(totals: Mapping[str, Total], at: datetime, *names: str) -> Iterator[Card]:
    for name in names:
        if (total := totals.get(name)) and total.number:
            counted = TASKS[name]
            yield card(counted.heading, counted.line(total.number), name, total, at)


def _alarms(at: datetime) -> Iterator[Card]:
    if not heartbeats.worker_runs():
        yield Card(
            "Emails are not being sent",
            [
                Line(
                    "The program that sends emails and matches opt-outs is not running. No opt-out "
                    "is lost. Ask your system administrator to start it.",
                    when=When.OVERDUE,
                )
            ],
        )
    if recent := alarms.recent(at)[:10]:
        lines = [
            Line(f"{moment(alarm.at)}: {alarms.sentence(alarm)}", when=When.SOON)
            for alarm in recent
        ]
        check = Line(
            ". There may be a good reason, such as a parents’ evening, or someone may be trying to do "
            "harm. No opt-out is lost.",
            "Check the newest online opt-outs",
            reverse("staff-opt-outs"),
            when=When.SOON,
            number=0,
        )
        yield Card("Far more online forms than usual", [*lines, check])


def _overrides(user: User, at: datetime) -> Iterator[Card]:
    lines = []
    for override in overriding.to_review(user)[:MOST]:
        recipient = override.disclosure.recipient
        name = recipient.name if recipient else "Unknown organisation"
        href = reverse("staff-disclosure", args=[override.disclosure.entry])
        line = Line(
            f", by {override.by.name}: review within 24 hours",
            f"{name}, {moment(override.at)}",
            href,
        )
        lines.append(due_at(line, override.at + overriding.WITHIN, at))
    if lines:
        yield Card("Releases despite an opt-out", lines, mine=True)


def _agreements(at: datetime) -> Iterator[Card]:
    lines = []
    for due in reminding.reminders_due(days.day_of(at))[:MOST]:
        version = due.agreement.current.row
        ends = f"ends on {day(version.ends)}" if due.ends_within is not None else ""
        review = f"review was due on {day(due.review_on)}" if due.review_on else ""
        line = Line(
            f" {'; '.join(filter(None, (ends, review)))}",
            f"{version.agreement.reference}: {version.title}",
            reverse("staff-agreement", args=[due.agreement.agreement.pk]),
        )
        dates = [version.ends if due.ends_within is not None else None, due.review_on]
        lines.append(due_on(line, min(filter(None, dates)), at))
    if lines:
        yield Card("Agreements", lines)


def _assurances(at: datetime) -> Iterator[Card]:
    due = assurances_due(days.day_of(at))
    lines = []
    for one in due[:MOST]:
        row = one.assurance
        text = f": {row.title} ends on {day(row.ends)}"
        if one.within is None:
            text = f": {row.title} ended on {day(row.ends)}. You cannot sign agreements with it"
        href = reverse("staff-organisation", args=[one.recipient.code])
        lines.append(due_on(Line(text, one.recipient.name, href), row.ends, at))
    if more := len(due) - len(lines):
        href = reverse("staff-organisations")
        last = replace(lines[-1], text="", link=f"and {more:,} more", href=href)
        lines.append(replace(last, number=more))
    if lines:
        yield Card("Registrations and certificates of organisations", lines)


def _endings(user: User, totals: Mapping[str, Total]) -> Iterator[Card]:
    if totals["endings"].number:
        lines = [
            Line(
                f": asked for by {ending.by.name}. Only a second officer can end it",
                ending.pupil.name,
                reverse("staff-protection", args=[ending.pupil.reference]),
            )
            for ending in endings_for(user)[:MOST]
        ]
        yield Card("Protection that may end", lines, mine=True)
    if "lists" in totals and totals["lists"].number:
        lines = [
            Line(
                f": asked for by {asked.by.name}. An approving officer must agree",
                asked.pupil.name,
                reverse("staff-pupil-list", args=[asked.pupil.reference]),
                when=When.SOON,
            )
            for asked in list_approving.requests_for(user)[:MOST]
        ]
        yield Card("Lists about protected pupils to give out", lines, mine=True)


def _mails_and_reports(totals: Mapping[str, Total], at: datetime) -> Iterator[Card]:
    failed, overdue = totals["mails-failed"].number, totals["mails-overdue"].number
    if number := failed + overdue:
        text = f" not sent: {failed:,} failed and {overdue:,} still waiting after 15 minutes."
        if not overdue:
            text = " could not be sent."
        elif not failed:
            text = " not sent after 15 minutes."
        line = Line(text, count(number, "email"), reverse("staff-mails"))
        yield card("Unsent emails", line, "mails-failed", Total(number), at)
    if number := totals["reports"].number:
        late = totals["reports-late"].number
        text = f" {'needs' if number == 1 else 'need'} a reply{', ' if late else '.'}"
        href = reverse("staff-reports")
        line = Line(text, count(number, "case"), href, f"{late:,} overdue." if late else "")
        yield card("Corrections and complaints", line, "reports", totals["reports"], at)


def _coming(at: datetime) -> Iterator[Card]:
    lines = [
        Line(
            f" comes into force on {day(version.effective_from)}. {version.summary}",
            f"{version.notice.title}, version {version.number}",
            reverse("notice-version", args=[version.notice.slug, version.number]),
        )
        for version in waiting_versions(days.day_of(at))
    ]
    if lines:
        yield Card("New privacy notices", lines, task=False)


def _moves(totals: Mapping[str, Total], at: datetime) -> Iterator[Card]:
    href = reverse("staff-moves")
    if number := totals["moves"].number:
        overdue = ""
        if late := totals["moves-overdue"].number:
            overdue = f"{late:,} overdue: nobody has answered for more than {terms.number('move_days')} days."
        text = " to confirm or refuse: another school says they have moved there. "
        line = Line(text, count(number, "pupil"), href, overdue)
        yield card("Pupils on another school’s roll", line, "moves", totals["moves"], at)
    if number := totals["refusals"].number:
        stay = "stays" if number == 1 else "stay"
        text = f" you imported {stay} at another school: it or the council said no."
        line = Line(text, count(number, "pupil"), f"{href}#refused")
        yield Card("Pupils who have not moved to your school", [line])
