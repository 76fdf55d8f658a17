"""An opt-out counts as soon as it is confirmed, before the job has found its pupil (H2, C7)."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from consent.matching import matching
from consent.models import Decision, OptOutRequest, Pupil, RequestToMatch, Scheme
from consent.online import requesting
from consent.pupil_matches import confirmed_matches, matching_pupils
from consent.queries import opted_out_among, scheme_facts
from consent.rules import seen_now
from privacy_portal.ground import days
from privacy_portal.ground.log.models import Entry
from privacy_portal.ground.mail.models import Message
from tests import mails
from tests.commands import run
from tests.example import NOON, UPN
from tests.forms import confirm_link, fill_in, object_online
from tests.rolls import ROLL_HEADINGS, pupil_row

STATEMENT = re.compile(r"(\w+)(?:.*?\b(?:FROM|INTO|UPDATE) \"?(\w+))?", re.DOTALL)
pytestmark = pytest.mark.django_db


def confirm(client, **changes):
    """Presses the button; no job has run since."""
    fill_in(client, **changes)
    client.post(confirm_link())
    return OptOutRequest.objects.latest("pk")


def goes(write):
    """What becomes of the pupil's telephone today."""
    extract = write(f"UPN,Surname,Telephone\r\n{UPN},Barlow,1\r\n", "extract.csv")
    ran = run(
        "disclosure", "check", extract, "--agreement", "WIG-CNX", "--purpose", "careers-guidance",
        "--json",
    )  # fmt: skip
    return "whole" if '"released": 1' in ran.out else "not whole"


def test_it_is_honoured_before_and_after_the_job(pupil, client, write):
    assert goes(write) == "whole"
    confirm(client)
    assert not Decision.objects.exists()
    assert goes(write) == "not whole"
    mails.run_jobs()
    assert Decision.objects.get().pupil == pupil
    assert not RequestToMatch.objects.exists()
    assert goes(write) == "not whole"


def test_one_under_a_former_name_is_honoured_before_the_job(pupil, client, write):
    row = pupil_row(Surname="Newname")
    assert run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{row}", "roll.csv")).code == 0
    sent = confirm(client)
    (fit,) = confirmed_matches(scheme=sent.scheme)
    assert fit.pupil == pupil.pk
    assert not Decision.objects.exists()


def test_the_job_twice_is_one_decision(pupil, client):
    sent = confirm(client)
    assert matching.match_confirmed(sent.pk, at=NOON) is True
    assert matching.match_confirmed(sent.pk, at=NOON) is False
    assert Decision.objects.count() == 1


def test_one_that_fits_nobody_waits_for_staff_and_holds_nothing_back(pupil, client, write):
    sent = confirm(client, name={"forename": "Nobody"})
    assert confirmed_matches(scheme=sent.scheme) == []
    assert goes(write) == "whole"
    mails.run_jobs()
    assert list(OptOutRequest.objects.to_match()) == [sent]
    assert not RequestToMatch.objects.exists()


def test_one_that_fits_two_holds_nothing_back(pupil, client, write):
    twin = pupil_row(UPN="B801200005001", Forename="Ann")
    assert run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{twin}", "roll.csv")).code == 0
    Pupil.objects.filter(forename="Ann").update(forename_folded="ella")
    sent = confirm(client)
    assert matching_pupils(sent).count() == 2
    assert confirmed_matches(scheme=sent.scheme) == []
    assert matching.match_confirmed(sent.pk, at=NOON) is False


def test_it_fits_whom_the_job_finds_and_counts_as_the_rules_say(pupil, client):
    """A parent's, once the pupil's own decision counts, has no effect: not for a moment."""
    sent = confirm(client)
    (fit,) = confirmed_matches(scheme=sent.scheme)
    assert [fit.pupil] == list(matching_pupils(sent).values_list("pk", flat=True))
    scheme = Scheme.objects.get(code="connexions")
    facts, seen = scheme_facts(scheme), seen_now(days.now())
    assert opted_out_among(scheme, facts, [pupil.pk], seen) == {pupil.pk: True}
    Pupil.objects.update(born="2010-01-01")
    grown = Pupil.objects.get()
    Decision.objects.create(
        pupil=grown, scheme=scheme, choice="opt-in", by="pupil", person_name="E", person_key="e",
        channel="import", import_key="e", received_at=NOON - timedelta(days=8), recorded_at=NOON,
    )  # fmt: skip
    assert opted_out_among(scheme, facts, [grown.pk], seen) == {grown.pk: False}


def test_what_a_job_could_not_do_is_done_later(pupil, client):
    from consent import tasks

    sent = confirm(client)
    RequestToMatch.objects.get(request=sent)
    tasks.settle.func(timestamp=0)
    assert Decision.objects.get().request == sent


def test_the_button_does_the_same_for_a_known_and_an_unknown_pupil(pupil):
    """Statement for statement, log entries and mails included."""
    did = []
    for forename in ("ELLA", "Nobody"):
        client = Client()
        fill_in(client, name={"forename": forename}, contact={"email": f"{forename}@example.org"})
        address = mails.link_in(mails.sent()[-1], "/opt-out/confirm/")
        before = Entry.objects.count(), Message.objects.count()
        with CaptureQueriesContext(connection) as queries:
            client.post(address)
        after = Entry.objects.count(), Message.objects.count()
        shapes = [STATEMENT.match(query["sql"]).groups() for query in queries]
        did.append(([new - old for new, old in zip(after, before, strict=True)], shapes))
    assert did[0] == did[1]


def test_an_objection_is_honoured_before_the_job(pupil, client, monkeypatch):
    from consent.decisions.objecting import objecting
    from notices.models import Recipient

    monkeypatch.setattr(matching, "match_all_confirmed", lambda at: 0)
    object_online(client)
    fft = Recipient.objects.get(code="fft").pk
    assert not Decision.objects.exists()
    assert objecting(fft, "performance-analysis", seen_now(days.now())) == {pupil.pk}
    assert objecting(fft, "careers-guidance", seen_now(days.now())) == frozenset()


def test_confirming_asks_nothing_of_the_roll(pupil, client):
    fill_in(client)
    with CaptureQueriesContext(connection) as queries:
        requesting.confirm(confirm_link().strip("/").split("/")[-1], at=NOON)
    assert not [query["sql"] for query in queries if "consent_pupil" in query["sql"]]
