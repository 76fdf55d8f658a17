"""What is due by the clock runs on a portal in use, and never twice at once."""

import re

import pytest
from procrastinate.contrib.django import app

from tests.places import ROOT

OF_DATA = {
    "accounts.forget_sessions", "consent.forget", "consent.forget_letters", "consent.mail_held_links", "consent.remind", "consent.settle", "limits.forget", "mail.forget", "mail.tell_of_alarms", "notices.forget", "notices.remind", "sharing.expire", "sharing.forget", "sharing.publish_counts", "sharing.remind",
}  # fmt: skip
OF_THE_QUEUE = {"jobs.restart_stalled", "jobs.sweep_uploads", "jobs.forget_done"}


def test_what_is_due_by_the_clock():
    app.perform_import_paths()
    registered = app.periodic_registry.periodic_tasks.values()
    assert {each.task.name for each in registered} == OF_DATA | OF_THE_QUEUE
    for each in registered:
        assert each.task.queueing_lock == each.task.name


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(OF_DATA))
def test_each_runs(example, name):
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
