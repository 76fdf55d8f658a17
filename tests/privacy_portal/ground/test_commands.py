"""Whatever goes wrong, a command says so in a sentence, with a code of the contract."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.db import DataError, connection

from tests.commands import run
from tests.places import ROOT

HERE = str(Path(__file__))
CHECK = ("disclosure", "check", "--purpose", "careers-guidance", "--json")


def manage(*arguments, **environment):
    """Runs a command as a shell does; gives its code, its JSON document and what it said."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT, env={**os.environ, **environment}, capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    return done.returncode, json.loads(done.stdout), done.stderr.decode()


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        ([*CHECK, "x.csv", "--agreement", b"W\xff"], {}, "is not text in UTF-8"),
        ([*CHECK, "x.csv", "--agreement", "W"], {}, "file not found: 'x.csv'"),
        (["log", "export", "", "--json"], {}, "argument FILE: the name is empty"),
        (["log", "export", "/dev/full", "--json"], {}, "is there and is not a file"),
        (["log", "verify", "--json"], {"PORTAL_DATA_DIR": "/dev/null/x"}, "nothing can be kept"),
        (["log", "verify", "--json"], {"PORTAL_DATA_DIR": b"/tmp/\xff"}, "not text in UTF-8"),
        (["log", "verify", "--json"], {"DATABASE_URL": "nonsense"}, "must name a PostgreSQL server"),
        (["log", "verify", "--json"], {"DATABASE_URL": "postgres://x@h:port/x"}, "must name a PostgreSQL"),
        (["log", "verify", "--json"], {"EMAIL_URL": "zzz"}, "EMAIL_URL must name a mail server"),
        (["log", "verify", "--json"], {"UPLOAD_MAX_ROWS": "1e9"}, "UPLOAD_MAX_ROWS must be a number"),
        (["log", "verify", "--json"], {"STALL_SECONDS": "-1"}, "STALL_SECONDS must be a number"),
        (["log", "verify", "--json"], {"DATABASE_URL": "postgres://x@127.0.0.1:1/x"},
         "The database cannot be reached"),
    ],
)  # fmt: skip
def test_what_a_shell_gets_wrong_is_one_sentence(arguments, environment, said):
    code, document, message = manage(*arguments, **environment)
    assert code == 2
    assert said in message
    assert "Traceback" not in message
    assert document["error"]


@pytest.mark.parametrize(
    "command",
    [
        ["log", "export"], ["log", "checkpoint"], ["log", "prove", "0"], ["log", "publish"],
        ["policy", "export"],
        ["statistics", "check", HERE, "--agreement", "x", "--out"],
        ["disclosure", "release", HERE, "--agreement", "x", "--purpose", "x", "--by", "x", "--out"],
    ],
)  # fmt: skip
def test_nothing_is_written_where_no_file_can_be(db, command, tmp_path):
    pipe, inside = tmp_path / "pipe", tmp_path / "inside"
    os.mkfifo(pipe)
    inside.touch() if "publish" in command else inside.mkdir()
    link = tmp_path / "link"
    link.symlink_to(pipe)
    for wrong in (pipe, link, inside, "/dev/full"):
        ran = run(*command, wrong)
        assert (ran.code != 0, ran.out) == (True, "")
        assert "is there and is not a " in ran.said
    for wrong in ("", " "):
        ran = run(*command, wrong)
        assert ran.code != 0
        assert "the name is empty: give the name of a " in ran.said
    assert pipe.is_fifo()
    assert Path("/dev/full").is_char_device()


@pytest.mark.parametrize(
    "text", ["log.example\nx\n{}\n", "log.example\n5\n{}=\n", "log.example\n-1\n{}\n", "one line\n"]
)
def test_a_checkpoint_that_cannot_be_read_is_bad_input(db, write, text):
    root = base64.b64encode(bytes(32)).decode()
    note = write(f"{text.format(root)}\n— log.example {root}\n", "checkpoint")
    ran = run("log", "verify", "--checkpoint", note)
    assert ran.code == 2
    assert f"{note} is not a checkpoint: " in ran.said


def test_faults_have_their_places_in_the_document_too(db, policy, write):
    path = write("UPN,UPN\r\n1,2\r\n")
    ran = run(*CHECK, path, "--agreement", "WIG-CNX")
    assert ran.code == 2
    (fault,) = json.loads(ran.out)["faults"]
    assert (fault["file"], fault["line"], fault["column"]) == (str(path), 1, "UPN")


def test_no_command_touches_the_database_of_an_older_version(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('sharing', '0099_old', now())"
        )
    ran = run("log", "verify", "--json")
    assert ran.code == 2
    assert "made by an older version" in json.loads(ran.out)["error"]


def test_a_refusal_with_a_decision_is_still_one_document(db, policy, write):
    ran = run(*CHECK, write("UPN,Surname\r\n1,2\r\n"), "--agreement", "NONE")
    assert ran.code == 3
    assert json.loads(ran.out)["outcome"] == "refused"


def test_a_file_that_may_not_be_read_is_said_so(monkeypatch, write):
    path = write("UPN,Surname\r\n1,2\r\n")

    def refuse(*arguments, **options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    ran = run(*CHECK, path, "--agreement", "WIG-CNX")
    assert ran.code != 0
    assert "Permission denied" in ran.said


@pytest.mark.parametrize("error", [DataError("a fault of ours"), psycopg.DataError("ours")])
def test_a_fault_of_the_portals_own_is_not_put_into_words(db, monkeypatch, error):
    def fail(*arguments, **options):
        raise error

    monkeypatch.setattr("sharing.management.commands.log.verify_log", fail)
    with pytest.raises(type(error)) as raised:
        run("log", "verify", "--json")
    assert raised.value is error
