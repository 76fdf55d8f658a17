"""Extracts at the desk and by command: uploaded, checked, handed over."""

import csv

from django.core.files.uploadedfile import SimpleUploadedFile

from sharing.models import Release
from sharing.releases import checking, desk, headings as heading_desk
from sharing.releases.handing_over import hand_over
from sharing.releases.request import Request
from tests.example import NOON
from tests.mails import run_jobs
from tests.places import EXAMPLE


def hand_over_extract(name, agreement, purpose, by):
    """Hands over an extract of the example at noon; returns the outcome and the rows that left."""
    path = EXAMPLE / "extracts" / f"{name}.csv"
    done = hand_over(Request(path, path.name, agreement, purpose, by), clock=lambda: NOON)
    rows = None
    if done.file:
        text = done.file.read_bytes().decode()
        rows = list(csv.DictReader(text.splitlines(keepends=True)))
        done.file.unlink()
    return done, rows


def check_extract(path, *, at, chosen=None, **known):
    """An extract uploaded and checked at once, unknown headings left out or as chosen."""
    release = desk.upload(Request(path, **known), at=at)
    if release.state == Release.State.MATCHING:
        heading_desk.assign(release.pk, chosen or {}, by=known["by"], at=at)
    checking.check(release.pk, at=at)
    release.refresh_from_db()
    return release


def content_of_response(response):
    return b"".join(response.streaming_content)


def send_by(way):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE sharing_agreementversion DISABLE TRIGGER frozen")
        cursor.execute("UPDATE sharing_agreementversion SET sent_by = %s", [way])
        cursor.execute("ALTER TABLE sharing_agreementversion ENABLE ALWAYS TRIGGER frozen")


def upload_extract(
    client,
    content,
    agreement="WIG-CNX",
    purpose="careers-guidance",
    name="agency.csv",
    encoding="",
    **more,
):
    """Uploads an extract, leaves unknown headings out, and has the check's job run."""
    response = client.post(
        "/staff/releases/new/",
        {
            "agreement": agreement,
            "purpose": purpose,
            "file": SimpleUploadedFile(name, content) if content is not None else "",
            "request_reference": "R-1",
            **more,
        },
    )
    if response.status_code == 302:
        release = Release.objects.get(pk=response.url.split("/")[3])
        if encoding:
            client.post(f"{response.url}reading/", {"encoding": encoding})
            release.refresh_from_db()
        if release.state == Release.State.MATCHING:
            client.post(f"{response.url}headings/")
        run_jobs()
    return response
