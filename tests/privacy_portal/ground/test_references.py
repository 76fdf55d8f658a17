"""References checked once for a statement promise what a foreign key does."""

import threading
from datetime import date

import pytest
from django.db import IntegrityError, connection, connections, transaction

from consent.models import Pupil, PupilUpn, School


def make_pupil(school_id, surname="Barlow"):
    return Pupil.objects.create(
        surname=surname, forename="Ella", surname_folded=surname.lower(), forename_folded="ella",
        born=date(2012, 5, 5), school_id=school_id,
    )  # fmt: skip


def refused(sql, *parameters):
    with (
        pytest.raises(IntegrityError) as error,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, parameters)
    return str(error.value)


@pytest.mark.django_db
def test_no_row_refers_to_what_is_not_there():
    school = School.objects.create(urn="990001", name="Example High School")
    missing = "refers to consent_school 99, which is not there"
    with pytest.raises(IntegrityError, match=missing), transaction.atomic():
        make_pupil(99)
    pupil = make_pupil(school.pk)
    assert "not there" in refused("UPDATE consent_pupil SET school_id = 98 WHERE id = %s", pupil.pk)
    sql = "INSERT INTO consent_pupilupn (upn, pupil_id, present) VALUES (%s, %s, true), (%s, 97, true)"
    assert "97" in refused(sql, "P207000016049", pupil.pk, "B801200005001")
    assert not PupilUpn.objects.exists()


@pytest.mark.django_db
def test_what_is_referred_to_stays():
    school = School.objects.create(urn="990001", name="Example High School")
    pupil = make_pupil(school.pk)
    PupilUpn.objects.create(upn="P207000016049", pupil=pupil, present=True)
    for sql in (
        "DELETE FROM consent_school",
        "UPDATE consent_school SET id = id + 1000",
        "DELETE FROM consent_pupil",
    ):
        assert "referred to" in refused(sql), sql
    with (
        connection.cursor() as cursor
    ):  # no table is emptied while its references are still to be looked at
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in ("consent_school", "consent_pupil"):
        assert "TRUNCATE is refused" in refused(f"TRUNCATE {table} CASCADE")
    pupil.delete()
    assert not PupilUpn.objects.exists()
    school.delete()


def test_a_pupil_added_while_their_school_is_deleted_has_a_school(committed):
    """One of the two waits for the other, then is refused."""
    school = School.objects.create(urn="990001", name="Example High School")
    outcome = []

    def delete():
        try:
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM consent_school WHERE id = %s", [school.pk])
            outcome.append("deleted")
        except IntegrityError:
            outcome.append("refused")
        finally:
            connections.close_all()

    with transaction.atomic():
        make_pupil(school.pk)
        thread = threading.Thread(target=delete)
        thread.start()
        thread.join(0.5)
        assert outcome == []
    thread.join(30)
    assert outcome == ["refused"]
    assert Pupil.objects.get().school == school
