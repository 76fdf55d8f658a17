"""The same thing done by several at the same moment, over real connections with real commits."""

from collections import Counter
from functools import partial
from uuid import uuid4

import pytest
from django.test import Client

from consent.keying import keying
from consent.letters import codes as letter_codes, printing as letters
from consent.letters.codes import TooManyGuessesError, WrongCodeError
from consent.matching import matching
from consent.models import (
    Decision,
    LetterKind,
    LetterRun,
    OptOutRequest,
    RequestToMatch,
    Scheme,
    UnconfirmedOptOut,
)
from consent.online import links, requesting, with_code as coded
from consent.online.requesting import OnlineAnswers
from consent.rules import Choice, DecidedBy
from privacy_portal.ground.codes import hash_of
from privacy_portal.ground.days import start_of
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.limits.models import Attempt
from privacy_portal.ground.mail.models import Message
from sharing.auditing.verifying import verify_log
from tests.example import DAY, NOON
from tests.factories.consent import PupilFactory
from tests.factories.ground import OfficerFactory
from tests.letters import enter_code
from tests.races import all_at_once, second_after


@pytest.fixture
def ella(committed):
    yield PupilFactory()
    verify_log(lambda done: None)


def answers(pupil, forename="Ella"):
    return OnlineAnswers(
        by=DecidedBy.PARENT, surname="Barlow", forename=forename, born=pupil.born,
        school=pupil.school, other_school="", person_name="Ben", relation="Father",
        email="ben@example.org", phone="",
    )  # fmt: skip


def caught(work):
    """What the work gave, or the error it raised."""

    def caught_() -> object:
        try:
            return work()
        except (NotNowError, WrongCodeError, TooManyGuessesError) as error:
            return error

    return caught_


def sent(pupil, forename="Ella", token="t"):
    """An opt-out that was sent, with a secret we know."""
    scheme = Scheme.objects.get(code="connexions")
    reference = requesting.receive(
        scheme.matter, answers(pupil, forename), submission=uuid4(), at=NOON
    )
    UnconfirmedOptOut.objects.filter(reference=reference).update(token_hash=hash_of(token))
    return reference


def test_one_form_sent_many_times_is_one_opt_out(ella):
    scheme, submission = Scheme.objects.get(code="connexions"), uuid4()
    send = partial(requesting.receive, scheme.matter, answers(ella), submission=submission, at=NOON)
    assert len(set(all_at_once(*[send] * 6))) == 1
    assert UnconfirmedOptOut.objects.count() == Message.objects.count() == 1


def test_one_link_pressed_many_times_is_one_decision(ella):
    reference = sent(ella)
    pressed = all_at_once(*[partial(requesting.confirm, "t", at=NOON)] * 6)
    assert {each.reference for each in pressed} == {reference}
    (sent_,) = OptOutRequest.objects.all()
    all_at_once(*[partial(matching.match_confirmed, sent_.pk, at=NOON)] * 6)
    assert OptOutRequest.objects.count() == Decision.objects.count() == 1
    assert Message.objects.filter(key__startswith="opt-out-received/").count() == 1


def test_held_links_that_two_jobs_find_are_mailed_once(ella, settings):
    settings.LINKS_AT_ONCE = 0
    for forename in ("Ann", "Ben"):
        sent(ella, forename, token=forename)
    mail = partial(links.mail_held, at=NOON)
    assert second_after(mail, mail) == 0
    assert Message.objects.filter(key__startswith="opt-out-confirm").count() == 1


def test_of_many_who_choose_a_pupil_one_does(ella):
    sent(ella, forename="Nobody")
    confirmed = requesting.confirm("t", at=NOON)
    reference = confirmed.reference
    officers = [OfficerFactory(email=f"{n}@example.org") for n in range(5)]
    works = [
        caught(partial(matching.choose, reference, ella, by=officer, at=NOON))
        for officer in officers
    ]
    works.append(partial(matching.match_confirmed, confirmed.pk, at=NOON))
    outcomes = Counter(type(each).__name__ for each in all_at_once(*works))
    assert outcomes == {"NoneType": 1, "NotNowError": 4, "bool": 1}
    assert not RequestToMatch.objects.exists()
    assert Decision.objects.count() == 1


def test_one_paper_keyed_many_times_is_one_decision(ella):
    officer = OfficerFactory(email="officer@example.org")
    scheme, submission = Scheme.objects.get(code="connexions"), uuid4()
    papers = [
        Decision(
            pupil=ella, scheme=scheme, choice="opt-out", by="parent", person_name="Ben",
            person_key="ben", channel="paper", signed_on=DAY, received_at=start_of(DAY),
            submission=submission,
        )
        for _ in range(6)
    ]  # fmt: skip
    keyed = all_at_once(
        *[partial(keying.key, paper, scan=None, by=officer, at=NOON) for paper in papers]
    )
    assert len({each.pk for each in keyed}) == 1
    assert Decision.objects.count() == 1


class TestCodes:
    @pytest.fixture
    def printed(self, ella):
        officer = OfficerFactory(email="officer@example.org")
        run_ = LetterRun.objects.create(
            school=ella.school, scheme=Scheme.objects.get(code="connexions"),
            kind=LetterKind.CHOICE, pupils=[ella.pk], asked_by=officer, asked_at=NOON,
            expires_at=NOON,
        )  # fmt: skip
        code = letter_codes.new_code(
            ella, run_, by=DecidedBy.PARENT, to_name="Ben", taken=set(), at=NOON
        )
        code.code.save()
        return code

    def test_a_code_used_many_times_at_once_makes_one_decision(self, printed):
        given = coded.CodeAnswers(Choice.OPT_OUT, DecidedBy.PARENT, "Ben", "Father", "")
        works = [
            caught(partial(coded.decide, printed.code.pk, given, submission=uuid4(), at=NOON))
            for _ in range(6)
        ]
        outcomes = Counter(type(each).__name__ for each in all_at_once(*works))
        assert outcomes == {"tuple": 1, "WrongCodeError": 5}
        assert Decision.objects.count() == OptOutRequest.objects.count() == 1

    def test_whoever_comes_second_with_a_code_is_asked_for_another(self, printed):
        one, other = Client(), Client()
        for client in (one, other):
            enter_code(client, printed.text)
            client.post("/opt-out/code/who/", {"by": "parent"})
            client.post("/opt-out/code/name/", {"person_name": "B", "relation": "Aunt"})
        send = "/opt-out/code/check/"
        page = second_after(partial(one.post, send), partial(other.post, send))
        assert page.url == "/opt-out/code/"
        assert Decision.objects.count() == 1

    def test_many_guesses_at_once_are_no_more_than_five(self, printed):
        wrong = f"{printed.text[:4]}-2222-2222-2222"
        works = [
            caught(partial(letter_codes.check, wrong, client=f"10.0.0.{n}", at=NOON))
            for n in range(12)
        ]
        outcomes = Counter(type(each).__name__ for each in all_at_once(*works))
        assert outcomes == {"WrongCodeError": 5, "TooManyGuessesError": 7}
        assert Attempt.objects.filter(kind="code-of").count() == 5

    def test_two_runs_for_one_pupil_leave_one_live_code(self, ella):
        officer = OfficerFactory(email="officer@example.org")
        scheme = Scheme.objects.get(code="connexions")
        runs = [
            letters.ask(
                LetterRun(
                    school=ella.school, scheme=scheme, kind=LetterKind.CHOICE, pupils=[ella.pk]
                ),
                by=officer,
                at=NOON,
            )
            for _ in range(3)
        ]
        all_at_once(*[partial(letters.create, run.pk, at=NOON) for run in runs])
        assert ella.letter_codes.filter(used_at=None, revoked_at=None).count() == 1
        assert ella.letter_codes.count() == 3
