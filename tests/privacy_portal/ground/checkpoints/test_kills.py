"""Processes are killed while they add entries: no gap, and nothing that was acknowledged is lost (L2)."""

import os
import random
import signal
import subprocess
import sys
from itertools import count
from time import sleep

from privacy_portal.ground.log.models import Entry
from sharing.auditing.verifying import verify_log
from tests.databases import database_url
from tests.log_entries import entries
from tests.places import ROOT

WORKERS = 8


class Writer:
    """A process that adds entries, and what it acknowledged in a file."""

    def __init__(self, name, environment, folder):
        self.name, self.path = name, folder / name
        with self.path.open("w") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.appender", name],
                cwd=ROOT, env=environment, stdout=file, stderr=subprocess.DEVNULL,
            )  # fmt: skip

    def has_written(self):
        return self.path.stat().st_size > 0

    def kill(self):
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def acknowledged(self):
        """Each whole line: the number of the entry, and of the writer's own count."""
        lines = self.path.read_text().split("\n")[:-1]
        return [tuple(map(int, line.split())) for line in lines]


def test_nothing_acknowledged_is_lost_and_there_is_no_gap(committed, soak, tmp_path):
    kills = 300 if soak else 4
    chance = random.Random(20261130)
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(committed),
        "PORTAL_DATA_DIR": str(tmp_path / "data"),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    names = count()
    writers = [Writer(f"w{next(names)}", environment, tmp_path) for _ in range(WORKERS)]
    ended = []
    try:
        for _ in range(kills):
            place = chance.randrange(WORKERS)
            while not writers[place].has_written():
                assert writers[place].process.poll() is None
                sleep(0.05)
            writers[place].kill()
            ended.append(writers[place])
            writers[place] = Writer(f"w{next(names)}", environment, tmp_path)
    finally:
        for writer in writers:
            writer.kill()
    stored = {
        (entry["writer"], entry["number"]): seq
        for seq, entry in enumerate(entries())
        if entry["event"] == "test"
    }
    acknowledged = {
        (writer.name, number): seq
        for writer in (*ended, *writers)
        for seq, number in writer.acknowledged()
    }
    assert len(acknowledged) >= kills
    assert acknowledged.items() <= stored.items()
    # Of each writer at most the entry that it was adding is there without its word.
    assert len(stored) - len(acknowledged) <= len(ended) + WORKERS
    assert list(Entry.objects.order_by("seq").values_list("seq", flat=True)) == list(
        range(verify_log(lambda entries: None).size)
    )
