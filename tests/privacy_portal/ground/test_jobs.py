"""What is due by the clock runs on a portal in use, and never twice at once."""

import re
from datetime import timedelta
from inspect import signature

import pytest
from django.utils.module_loading import import_string
from procrastinate.contrib.django import app

from tests.example import NOON
from tests.places import ROOT

# Each job that runs by the clock: when, and the verbs that it calls.
BY_THE_CLOCK = {
    "log.mail_checkpoint": ("47 6 * * *", ["privacy_portal.log_pages.mailing.mail_checkpoint"]),
    "log.mail_refusal": ("*/5 * * * *", ["privacy_portal.log_pages.mailing.mail_refusal"]),
    "accounts.forget_sessions": ("27 * * * *", []),
    "consent.forget": (
        "17 3 * * *",
        [
            "consent.online.requesting.forget_unconfirmed",
            "consent.keying.scans.forget_orphans",
            "consent.letters.codes.revoke_expired",
        ],
    ),
    "consent.forget_letters": (
        "41 * * * *",
        [
            "consent.letters.printing.forget_old",
            "consent.roll.desk.forget_old",
            "consent.roll.desk.forget_orphans",
        ],
    ),
    "consent.mail_held_links": ("23 */3 * * *", ["consent.online.links.mail_held"]),
    "consent.check_schools": ("47 * * * *", ["consent.watching.checking.check_schools"]),
    "consent.remind": (
        "13 7 * * *",
        [
            "consent.online.requesting.remind",
            "consent.schools.work.chase",
            "consent.decisions.objecting.remind",
        ],
    ),
    "consent.settle": (
        "*/10 * * * *",
        [
            "consent.matching.matching.match_all_confirmed",
            "consent.decisions.opting_in.settle",
            "consent.decisions.objecting.settle",
        ],
    ),
    "digest.send": ("3 6 * * *", ["privacy_portal.digest.mailing.send"]),
    "limits.forget": (
        "7 * * * *",
        [
            "privacy_portal.ground.limits.counting.forget",
            "privacy_portal.ground.limits.alarms.forget",
        ],
    ),
    "mail.forget": ("17 3 * * *", ["privacy_portal.ground.mail.sending.forget"]),
    "mail.tell_of_alarms": ("*/5 * * * *", ["privacy_portal.ground.mail.alarming.tell_officers"]),
    "notices.forget": (
        "27 3 * * *",
        [
            "notices.subscriptions.subscribing.forget_requests",
            "notices.reports.reporting.erase_old",
        ],
    ),
    "notices.remind": ("3 6 * * *", ["notices.reports.reporting.remind"]),
    "people.end_unused": (
        "12 5 * * *",
        [
            "privacy_portal.people.leaving.warn_unused",
            "privacy_portal.people.leaving.deactivate_unused",
            "privacy_portal.people.erasing.erase_due",
        ],
    ),
    "sharing.control_night": ("41 1 * * *", ["sharing.control.running.run"]),
    "sharing.erase": (
        "53 3 * * *",
        [
            "sharing.keeping.others.erase_others",
            "sharing.keeping.erasing.erase_due",
            "privacy_portal.ground.keeping.erasing.sweep_files",
        ],
    ),
    "sharing.expire": (
        "* * * * *",
        [
            "sharing.releases.desk.expire_due",
            "sharing.disclosures.attempt.forget_unlogged",
            "sharing.disclosures.attempt.undo_undelivered",
            "sharing.statistics.desk.expire_due",
            "sharing.review.overriding.raise_due",
            "sharing.review.incidents.remind",
            "sharing.amendments.chasing.ask",
            "sharing.requests.steps.remind",
            "sharing.releases.mails.remind",
        ],
    ),
    "sharing.forget": (
        "29 3 * * *",
        ["sharing.agreements.signing.forget_orphans", "sharing.review.destruction.forget_orphans"],
    ),
    "sharing.index_lines": ("* * * * *", ["sharing.disclosures.person_lines.index_lines"]),
    "sharing.count_stretches": (
        "37 * * * *",
        [
            "sharing.review.desk.stretches.count_due",
            "sharing.review.desk.stretches.count_signed",
            "sharing.review.destruction.sum_up_counts",
        ],
    ),
    "sharing.count_weeks": ("43 4 * * *", ["sharing.figures.counting.count_due"]),
    "sharing.check_log_night": ("11 2 * * *", ["sharing.auditing.checking.check_log"]),
    "sharing.publish_counts": ("13 4 * * *", ["sharing.register.publishing.publish_due"]),
    "sharing.remind": (
        "23 7 * * *",
        [
            "sharing.control.running.run_if_missed",
            "sharing.agreements.reminding.remind",
            "sharing.organisations.reminding.remind",
            "sharing.review.destruction.remind",
            "sharing.from_roll.defining.run_due",
            "sharing.amendments.making.look",
            "sharing.amendments.chasing.remind",
        ],
    ),
    "jobs.restart_stalled": ("* * * * *", []),
    "jobs.sweep_uploads": (
        "52 * * * *",
        ["privacy_portal.ground.files.private_files.sweep_uploads"],
    ),
    "jobs.forget_done": ("37 3 * * *", []),
}
OF_DATA = [name for name in BY_THE_CLOCK if not name.startswith("jobs.")]
WITH_VERBS = [name for name, (_, verbs) in BY_THE_CLOCK.items() if verbs]


def test_what_is_due_by_the_clock_and_never_twice_at_once():
    app.perform_import_paths()
    registered = app.periodic_registry.periodic_tasks.values()
    assert {each.task.name: each.cron for each in registered} == {
        name: cron for name, (cron, _) in BY_THE_CLOCK.items()
    }
    for each in registered:
        assert each.task.queueing_lock == each.task.name


def test_operations_lists_each_job_and_its_time():
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+\.\w+)` \| `([^`]+)` \|", text, re.MULTILINE)
    assert dict(rows) == {name: cron for name, (cron, _) in BY_THE_CLOCK.items()}


@pytest.mark.parametrize("name", WITH_VERBS)
def test_each_does_all_that_is_due_now(name, monkeypatch):
    app.perform_import_paths()
    done, expected = [], []
    for verb in BY_THE_CLOCK[name][1]:
        told = {"at", "before", "clock"}.intersection(signature(import_string(verb)).parameters)
        expected.append((verb, [True] * len(told)))

        def record(verb=verb, **when):
            times = [at() if callable(at) else at for at in when.values()]
            done.append((verb, [at - NOON < timedelta(minutes=1) for at in times]))

        monkeypatch.setattr(verb, record)
    app.tasks[name].func(timestamp=0)
    assert done == expected


@pytest.mark.django_db
@pytest.mark.parametrize("name", OF_DATA)
def test_each_runs_on_a_portal_in_use(example, name):
    """Nothing in it refuses what the example holds; what each does is shown where its verbs are."""
    app.perform_import_paths()
    app.tasks[name].func(timestamp=0)


def test_every_job_is_deferred_in_the_transaction_of_what_it_follows():
    """`task.defer` is not: inside a worker it uses another connection (docs/decisions/12)."""
    wrong = [
        f"{path.relative_to(ROOT)}:{line}"
        for app in ("privacy_portal", "notices", "consent", "sharing")
        for path in (ROOT / app).rglob("*.py")
        for line, text in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"\.(batch_)?defer(_async)?\(", text) and path.name != "jobs.py"
    ]
    assert wrong == []
