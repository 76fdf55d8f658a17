"""Jobs and mails in tests: run what waits, read what was sent."""

from django.core import mail
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob


def run_jobs() -> None:
    """Runs every waiting job in this transaction, as a worker would after its commit."""
    while job := ProcrastinateJob.objects.filter(status="todo").order_by("id").first():
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", [job.pk])
        task = app.tasks[job.task_name]
        context = () if not task.pass_context else (Attempt(job.attempts),)
        task.func(*context, **job.args)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = %s", [job.pk]
            )


class Attempt:
    """What a job knows of itself: how often it was tried before."""

    def __init__(self, attempts: int):
        self.job = type("Job", (), {"attempts": attempts})()


def sent() -> list[mail.EmailMessage]:
    """Every mail sent so far, after all jobs have run."""
    run_jobs()
    return mail.outbox


def link_in(message: mail.EmailMessage, part: str) -> str:
    """The path of the link in a mail that has this part."""
    address = next(word for word in message.body.split() if part in word)
    return "/" + address.split("/", 3)[3]
