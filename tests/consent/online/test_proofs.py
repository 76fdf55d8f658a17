"""With each receipt comes the proof that the form is in the log (L3a), the same whoever it is about."""

import json
import re
from importlib import import_module

import pytest
from django.db import connection, transaction

import verify_log
from consent.models import OptOutRequest, ReceivedEntry
from privacy_portal.ground.codes import hash_of
from privacy_portal.ground.log.appending import record
from privacy_portal.ground.log.checkpoints import log_folder, signer
from privacy_portal.ground.log.models import Entry
from sharing.auditing.verifying import verify_log as verify_whole_log
from tests.example import NOON
from tests.factories.consent import PupilFactory, scheme_of
from tests.forms import object_online, send_opt_out
from tests.letters import codes_and_text, decide_by_code
from tests.mails import run_jobs

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.LOG_FOLDER = tmp_path / "log"


def sign():
    signer().sign(at=NOON, whole=True)


def proof_link(page):
    return re.search(r'href="([^"]+\.tlog-proof)"', page.text)[1]


def entry_in(proof):
    """The entry that a proof is of, by its number."""
    (index,) = re.findall(r"^index (\d+)$", proof, re.MULTILINE)
    return json.loads(bytes(Entry.objects.get(seq=int(index)).body))


@pytest.fixture
def receipt(client, pupil):
    """The page of the receipt of Ella's opt-out."""
    return send_opt_out(client)


def test_a_receipt_offers_the_proof_and_says_how_to_check_it(client, receipt, tmp_path, capsys):
    assert "Proof that we received this" in receipt.text
    assert 'href="/log/"' in receipt.text
    sign()
    answer = client.get(proof_link(receipt))
    sent = OptOutRequest.objects.get()
    assert answer["Content-Disposition"].endswith(f'"opt-out-{sent.reference}.tlog-proof"')
    entry = entry_in(answer.text)
    assert (entry["event"], entry["request"]) == ("opt-out-received", sent.reference)
    file, policy = tmp_path / "x.tlog-proof", tmp_path / "policy"
    file.write_bytes(answer.content)
    policy.write_text(log_folder().policy())
    assert verify_log.main([str(file), "--policy", str(policy)]) == 0
    assert f"request: {sent.reference}" in capsys.readouterr().out
    file.write_bytes(answer.content.replace(b"index ", b"index 1"))
    assert verify_log.main([str(file), "--policy", str(policy)]) != 0


def test_before_it_is_signed_the_page_says_when_to_come_back(client, receipt):
    answer = client.get(proof_link(receipt))
    assert answer.status_code == 202
    assert "Come back in 15 minutes" in answer.text


def test_who_lost_the_receipt_gets_the_proof_with_the_progress_of_the_form(client, receipt):
    sent = OptOutRequest.objects.get()
    mine = {"reference": sent.reference, "email": sent.email, "code": ""}
    page = client.post("/opt-out/status/", mine).text
    assert 'name="proof"' in page
    assert "/opt-out/receipt/" not in page
    later = client.post("/opt-out/status/", {**mine, "proof": "yes"})
    assert "Your proof is not ready yet" in later.text
    assert later.status_code == 200
    sign()
    answer = client.post("/opt-out/status/", {**mine, "proof": "yes"})
    assert answer.content == client.get(proof_link(receipt)).content
    another = {**mine, "email": "somebody@example.org", "proof": "yes"}
    assert "We cannot find a form" in client.post("/opt-out/status/", another).text


def test_a_link_that_is_not_of_a_receipt_has_none(client, receipt):
    assert client.get("/opt-out/receipt/wrong.tlog-proof").status_code == 410


def test_a_receipt_whose_entry_is_not_known_has_none(client, receipt):
    sent = OptOutRequest.objects.values().get()
    own = {"id": None, "reference": "OLD-OLD-0000", "submission": None}
    OptOutRequest.objects.create(**{**sent, **own, "token_hash": hash_of("old")})
    assert ".tlog-proof" not in client.get("/opt-out/receipt/old/").text
    assert client.get("/opt-out/receipt/old.tlog-proof").status_code == 404


def test_a_form_from_before_gets_the_number_of_its_entry_with_the_migration(pupil):
    migration = import_module("consent.migrations.0016_received_entries")
    request = OptOutRequest.objects.create(
        reference="OLD-OLD-0000", scheme=scheme_of(), by="parent", person_name="Ben", born="2012-05-05",
        surname="Barlow", forename="Ella", school=pupil.school, email="ben@example.org",
        received_at=NOON,
    )  # fmt: skip
    with transaction.atomic():
        number = record("opt-out-received", at=NOON, by=None, request=request.reference)
    with connection.cursor() as cursor:
        cursor.execute(migration.EARLIER_SQL)
    assert ReceivedEntry.objects.get().entry == number


def test_the_entry_says_nothing_about_a_pupil_and_as_much_for_everybody(client, receipt, pupil):
    nobody = send_opt_out(client, name={"forename": "Nobody", "surname": "Atall"})
    objection = object_online(client)
    run_jobs()
    sign()
    said = [entry_in(client.get(proof_link(page)).text) for page in (receipt, nobody, objection)]
    assert {tuple(entry) for entry in said} == {tuple(said[0])}
    assert set(said[0]) == {"event", "at", "by", "request", "received", "texts"}
    assert str(pupil.reference) not in json.dumps(said)


def test_a_choice_made_with_a_code_has_its_proof_too(client, pupil, secretary):
    code = codes_and_text([pupil], secretary)[0][0]
    page = decide_by_code(client, code)
    sign()
    entry = entry_in(client.get(proof_link(page)).text)
    assert (entry["event"], entry["request"]) == (
        "code-used",
        OptOutRequest.objects.get().reference,
    )
    assert str(pupil.reference) not in json.dumps(entry)


def test_the_log_vouches_for_the_number(client, receipt, pupil):
    PupilFactory()
    run_jobs()
    verify_whole_log(lambda done: None)
    assert ReceivedEntry.objects.count() == 1
