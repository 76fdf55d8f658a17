"""The embedded PostgreSQL: started on first use, by several processes at once if need be."""

import subprocess
import sys

from tests.places import ROOT

ASK = """
import django
django.setup()
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT current_database()")
    print(cursor.fetchone()[0])
"""


def test_several_processes_find_one_server_and_make_one_database(tmp_path):
    import os

    environment = {
        "PATH": os.environ["PATH"],
        "PORTAL_DATA_DIR": str(tmp_path / "data"),
        "DJANGO_SETTINGS_MODULE": "privacy_portal.settings",
    }
    running = [
        subprocess.Popen(
            [sys.executable, "-c", ASK],
            cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for _ in range(4)
    ]  # fmt: skip
    answers = [process.communicate(timeout=120) for process in running]
    assert [out.strip() for out, _ in answers] == ["portal"] * 4, answers
    assert not (tmp_path / "data" / "postgres" / "postmaster.pid").exists()
