"""Two officers at once, over real connections: one of them decides, one of them answers (Q1, H2)."""

import pytest

from consent.models import ProtectionReason, Source
from consent.protection.recording import protect
from privacy_portal.ground.errors import NotNowError
from sharing.auditing.verifying import verify_log
from sharing.models import DataRequest, DecisionAnswer, RequestDecision, RequestDetails
from sharing.requests import deciding, queries, receiving
from tests.example import NOON
from tests.factories.consent import PupilFactory
from tests.factories.ground import OfficerFactory
from tests.factories.requests import DataRequestFactory, decided
from tests.races import all_at_once, second_after

Part = RequestDetails.Part


@pytest.fixture
def officers(committed):
    return OfficerFactory(), OfficerFactory()


def refusals(results):
    return [result for result in results if isinstance(result, NotNowError)]


def test_of_two_officers_who_decide_at_once_one_does(officers, soak):
    for _ in range(20 if soak else 4):
        request = DataRequestFactory(pupils=[PupilFactory()], by=officers[0])
        results = all_at_once(
            lambda request=request: decided(request, by=officers[0]),
            lambda request=request: decided(request, by=officers[1], share=False),
        )
        assert len(refusals(results)) == 1
        assert RequestDecision.objects.filter(request=request).count() == 1
    verify_log(lambda done: None)


def test_a_request_is_decided_or_changed_never_both(officers, soak):
    for _ in range(20 if soak else 4):
        request = DataRequestFactory(pupils=[PupilFactory()], by=officers[0])
        results = all_at_once(
            lambda request=request: decided(request, by=officers[0]),
            lambda request=request: receiving.change(
                request, Part.PURPOSE, {"necessity": "More."}, seen=2, by=officers[1], at=NOON
            ),
        )
        decision = RequestDecision.objects.filter(request=request).first()
        newest = request.details.order_by("-number").first()
        assert decision is None or decision.details == newest
        assert len(refusals(results)) <= 1


def test_of_two_second_officers_one_answers(officers):
    request = DataRequestFactory(known={"others": 1}, by=officers[0])
    decided(request, by=officers[0])
    third = OfficerFactory()

    def answer(by, agrees):
        return deciding.answer(request, agrees=agrees, note="x", number=1, by=by, at=NOON)

    results = all_at_once(lambda: answer(officers[1], True), lambda: answer(third, False))
    assert len(refusals(results)) == 1
    assert DecisionAnswer.objects.count() == 1
    verify_log(lambda done: None)


def test_a_form_that_is_sent_twice_at_once_records_one_request(officers):
    from uuid import uuid4

    from tests.factories.requests import KNOWN

    submission = uuid4()
    results = all_at_once(
        *[lambda: receiving.receive(KNOWN, submission=submission, by=officers[0], at=NOON)] * 2
    )
    assert results[0] == results[1]
    assert DataRequest.objects.count() == 1


def test_a_pupil_who_is_protected_meanwhile_is_withheld(officers):
    pupil = PupilFactory()
    request = DataRequestFactory(pupils=[pupil], by=officers[0])

    def share():
        try:
            return decided(request, by=officers[1])
        except NotNowError as error:
            return error

    result = second_after(
        lambda: protect(
            pupil, since=None, reason=ProtectionReason.SAFE_ADDRESS, source=Source.OFFICER,
            by=officers[0], at=NOON,
        ),
        share,
    )  # fmt: skip
    assert isinstance(result, NotNowError)
    assert queries.standing_decision(request) is None
