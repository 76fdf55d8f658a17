"""What the register says of a month besides numbers of files and pupils, and that it can be checked."""

import csv
import hashlib
import io
import json
from datetime import UTC, date, datetime
from importlib import import_module
from uuid import UUID

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

import verify_log
from privacy_portal.ground.log.checkpoints import log_folder, signer
from privacy_portal.ground.log.models import Entry
from privacy_portal.ground.log.verifying import LogBrokenError, verify
from sharing.disclosures.lines import REASONS
from sharing.disclosures.month_entries import KINDS
from sharing.models import PublishedCount, PublishedMonth
from sharing.register import counting, publishing
from sharing.rules import Reason

PAGE = "/sharing/disclosures/"
RELEASED, REDUCED, WITHHELD = range(3)
OPTED_OUT = REASONS.index(Reason.OPTED_OUT)
APRIL = datetime(2026, 4, 1, 12, tzinfo=UTC)


def people(number, begin=0):
    return [UUID(int=begin + each + 1) for each in range(number)]


def reduced(number, begin=0):
    """Lines of pupils of whom only basic details were shared."""
    return [(person, 1, REDUCED, OPTED_OUT) for person in people(number, begin)]


def withheld(number, begin=0):
    return [(person, None, WITHHELD, OPTED_OUT) for person in people(number, begin)]


def publish(at=APRIL):
    return publishing.publish_due(at=at)


def only():
    return PublishedCount.objects.get(month__month="2026-03-01")


def year_of(client, year=2026):
    return list(csv.DictReader(io.StringIO(client.get(f"{PAGE[:-1]}/{year}.csv").text)))


def verify_months():
    verify(KINDS, progress=lambda entries: None)


@pytest.mark.django_db
class TestWhatIsSaid:
    def test_pupils_whose_choice_limited_it_are_those_reduced_and_those_withheld(self, shared):
        shared(3, people(20), more=[*reduced(6, 100), *withheld(7, 200)])
        publish()
        row = only()
        assert (row.files, row.pupils, row.limited) == (1, 25, 15)

    @pytest.mark.parametrize(("number", "cut"), [(30, 0), (30, 4), (4, 26), (0, 30)])
    def test_none_few_and_nearly_all_look_the_same(self, shared, client, number, cut):
        shared(3, people(number), more=reduced(cut, 100))
        publish()
        assert only().limited is None
        assert year_of(client)[0]["pupils_limited_by_choice"] == "not shown"

    def test_what_was_given_by_hand_against_a_choice_was_not_limited_by_it(self, shared):
        known = {"origin": "after-the-fact", "out_of_line": True, "line": WITHHELD}
        shared(3, people(20))
        shared(3, people(9, 100), reason=OPTED_OUT, **known)
        publish()
        assert only().limited is None
        assert only().opt_outs == ["applied", "not-allowed"]

    def test_items_notices_and_agreements_are_those_of_5_pupils_or_more(self, shared, client):
        shared(3, people(20), notice="pupils/4", item_sets=[["pupil.school", "pupil.sex"], []])
        shared(3, people(4), notice="pupils/3", item_sets=[["pupil.email"], []], means="phone")
        publish()
        assert only().items == ["Sex", "School"]
        assert only().notices == ["pupils/4"]
        assert only().means == ["File sent by a council officer"]
        (row,) = year_of(client)
        assert row["id"] == "WIG-CNX/2"
        assert row["privacy_notices"] == "pupils/4"
        assert "mail" not in row["disclosed_information"]

    def test_4_pupils_of_several_files_are_few_for_an_item_and_5_are_not(self, shared):
        for pupil in range(5):
            shared(3, people(20 if pupil == 0 else 1, pupil), item_sets=[["pupil.sex"], []])
            if pupil < 4:
                shared(3, people(1, pupil), item_sets=[["pupil.email"], []])
        publish()
        assert len(only().items) == 1

    def test_of_fewer_than_5_pupils_nothing_else_is_said(self, shared, client):
        shared(3, people(4), notice="pupils/4")
        publish()
        (row,) = year_of(client)
        said = {name for name, cell in row.items() if cell not in ("", "not shown")}
        assert said == {"month", "recipient", "pupils", "purpose", "published_on", "log_entry"}

    def test_tables_of_numbers_name_nobody(self, shared, client):
        shared(3, [], origin="statistics", item_sets=[])
        publish()
        (row,) = year_of(client)
        assert (row["pupils"], row["pupils_limited_by_choice"]) == ("0", "0")
        assert row["opt_outs_applied"] == "no"
        assert "nobody is named" in row["opt_outs_reason"]
        assert "No need: tables of numbers" in client.get(PAGE).text

    @pytest.mark.parametrize(
        ("known", "codes"),
        [
            ({}, ["applied"]),
            ({"item_sets": [["pupil.address"], []]}, ["legal-duty"]),
            # No scheme governs it, but one can object to it.
            ({"agreement": "WIG-ALK"}, ["applied"]),
            ({"overridden": True}, ["overridden"]),
        ],
    )
    def test_whether_opt_outs_were_applied_is_said_with_the_reason(self, shared, known, codes):
        shared(3, people(9), **known)
        publish()
        assert only().opt_outs == codes

    def test_where_nobody_can_opt_out_or_object_that_is_said(self, shared, monkeypatch):
        monkeypatch.setattr("sharing.register.counting.objectionable_matters", lambda on: [])
        shared(3, people(9), agreement="WIG-ALK")
        publish()
        assert only().opt_outs == ["no-opt-out"]

    def test_an_opt_out_overridden_for_one_child_is_not_said(self, shared, client):
        shared(3, people(30))
        shared(3, people(1, 100), overridden=True)
        publish()
        assert only().opt_outs == ["applied"]
        assert year_of(client)[0]["opt_outs_applied"] == "yes"

    def test_formulas_do_not_run_in_the_file(self, shared, client, monkeypatch):
        monkeypatch.setattr("sharing.register.counting.TABLES", "=1+1")
        shared(3, [], origin="statistics", item_sets=[])
        publish()
        assert year_of(client)[0]["disclosed_information"] == "'=1+1"

    def test_a_month_is_counted_in_as_many_queries_whatever_was_shared_in_others(
        self, shared, django_assert_num_queries
    ):
        for month in (1, 2, 3):
            for agreement in ("WIG-CNX", "WIG-ALK"):
                shared(month, people(30), agreement=agreement)
                shared(month, people(30, 10), agreement=agreement)
        with django_assert_num_queries(16) as asked:
            rows = counting.counts_of(date(2026, 3, 1), at=APRIL)
        assert [(row.files, row.pupils) for row in rows] == [(2, 40), (2, 40)]
        lines = [each["sql"] for each in asked.captured_queries if "disclosureline" in each["sql"]]
        assert len(lines) == 1

    def test_the_database_keeps_nothing_more_of_few_pupils(self, shared):
        shared(3, people(30))
        publish()
        month = PublishedMonth.objects.get(month="2026-03-01")
        for known in (
            {"items": ["Sex"]},
            {"limited": 5},
            {"files": 1, "pupils": 30, "limited": 3},
            {"files": 1, "pupils": 30, "limited": 0},
        ):
            with pytest.raises(IntegrityError, match="published_count_"), transaction.atomic():
                PublishedCount.objects.create(month=month, **known)


@pytest.mark.django_db
class TestThePage:
    def test_rows_are_filtered_and_the_number_is_that_of_the_list(self, shared, client):
        shared(3, people(30))
        shared(3, people(30), agreement="WIG-ALK")
        shared(2, people(30))
        publish()
        page = client.get(PAGE).text
        assert "3 rows." in page
        assert page.count('<th scope="row"') == 3 + 2
        page = client.get(PAGE, {"organisation": "connexions", "year": "2026"}).text
        assert "2 rows." in page
        page = client.get(PAGE, {"organisation": "connexions", "purpose": "x"}).text
        assert "We did not share anything like this" in page

    def test_it_takes_as_many_queries_for_many_rows_over_pages(
        self, shared, client, django_assert_num_queries
    ):
        shared(3, people(30))
        publish()
        month = PublishedMonth.objects.get(month="2026-03-01")
        with django_assert_num_queries(4):
            client.get(PAGE)
        purposes = list(apps.get_model("notices", "Purpose").objects.all())
        recipients = list(apps.get_model("notices", "Recipient").objects.exclude(code="connexions"))
        PublishedCount.objects.bulk_create(
            PublishedCount(month=month, recipient=recipient, purpose=purpose, files=1, pupils=10)
            for recipient in recipients
            for purpose in purposes
        )
        with django_assert_num_queries(4):
            page = client.get(PAGE).text
        assert page.count("Pupils, about: </span>10<") == 49
        assert "page=2" in page

    def test_an_older_month_says_what_was_not_recorded_then(self, shared, client):
        month = PublishedMonth.objects.create(month="2026-02-01", at=APRIL)
        shared(2, people(30))
        PublishedCount.objects.create(month=month, files=1, pupils=30)
        page = client.get(PAGE).text
        assert "not recorded then" in page
        (row,) = year_of(client)
        assert row["opt_outs_applied"] == row["disclosed_information"] == "not recorded then"
        assert row["pupils"] == "30"


@pytest.mark.django_db
class TestChecking:
    def test_the_fingerprint_of_the_months_file_is_in_the_log(self, shared, client):
        shared(3, people(30), more=reduced(6, 100))
        publish()
        file = client.get(f"{PAGE}2026-03.json")
        digest = hashlib.sha256(file.content).hexdigest()
        month = PublishedMonth.objects.get()
        entry = json.loads(bytes(Entry.objects.get(seq=month.entry).body))
        assert (entry["event"], entry["month"]) == ("register-month-published", "2026-03")
        assert entry["sha256"] == digest
        assert digest in client.get(PAGE).text
        assert json.loads(file.content)["rows"][0]["pupils_limited"] == 5
        for wrong in ("2026-04", "2026-13", "2026-00", "0-01", "99999999-01"):
            assert client.get(f"{PAGE}{wrong}.json").status_code == 404
        verify_months()

    def test_the_proof_of_a_month_is_offered_once_it_is_signed(
        self, shared, client, settings, tmp_path
    ):
        settings.LOG_FOLDER = tmp_path / "log"
        shared(3, people(30))
        publish()
        address = f"{PAGE}2026-03.tlog-proof"
        page = client.get(PAGE).text
        assert 'href="/log/#proof"' in page
        assert "Come back in 15 minutes" in page
        assert address not in page
        assert client.get(address).status_code == 404
        signer().sign(at=APRIL, whole=True)
        assert f'href="{address}"' in client.get(PAGE).text
        answer = client.get(address)
        assert answer["Content-Disposition"] == 'attachment; filename="shared-2026-03.tlog-proof"'
        assert f"index {PublishedMonth.objects.get().entry}" in answer.text.splitlines()
        file, policy = tmp_path / "x.tlog-proof", tmp_path / "policy"
        file.write_bytes(answer.content)
        policy.write_text(log_folder().policy())
        assert verify_log.main([str(file), "--policy", str(policy)]) == 0
        for wrong in ("2026-04", "2026-13", "0-01", "99999999-01"):
            assert client.get(f"{PAGE}{wrong}.tlog-proof").status_code == 404

    def test_a_month_from_before_there_were_entries_has_no_proof(self, shared, client):
        month = PublishedMonth.objects.create(month="2026-02-01", at=APRIL)
        PublishedCount.objects.create(month=month, files=1, pupils=30)
        assert client.get(f"{PAGE}2026-02.tlog-proof").status_code == 404
        assert ".tlog-proof" not in client.get(PAGE).text

    @pytest.mark.parametrize(
        ("statement", "fault"),
        [
            ("UPDATE sharing_publishedcount SET pupils = 45", "differs from what was logged in"),
            ("UPDATE sharing_publishedcount SET why = 'x'", "differs from what was logged in"),
            ("UPDATE sharing_publishedmonth SET at = now()", "differs from what was logged in"),
            ("DELETE FROM sharing_publishedcount", "differs from what was logged in"),
            ("UPDATE sharing_publishedmonth SET month = '2026-01-01'", "is missing"),
            (
                "INSERT INTO sharing_publishedmonth (month, at) VALUES ('2026-01-01', now())",
                r"month of the register [0-9]+ is stored, but no entry vouches for it",
            ),
        ],
    )
    def test_a_month_that_was_changed_is_found(self, shared, statement, fault):
        shared(3, people(30))
        publish()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in ("sharing_publishedcount", "sharing_publishedmonth"):
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(statement)
        with pytest.raises(LogBrokenError, match=fault):
            verify_months()

    def test_a_second_entry_about_a_month_is_found(self, shared):
        shared(3, people(30))
        publish()
        vouch_again()
        with pytest.raises(LogBrokenError, match="was recorded before"):
            verify_months()

    def test_older_months_get_their_entries_when_the_portal_is_updated(self, shared):
        month = PublishedMonth.objects.create(month="2026-02-01", at=APRIL)
        PublishedCount.objects.create(month=month, files=1, pupils=30)
        with pytest.raises(LogBrokenError, match="is stored, but no entry"):
            verify_months()
        vouch_again()
        verify_months()


def vouch_again():
    import_module("sharing.migrations.0032_register_entries").vouch(apps, None)
