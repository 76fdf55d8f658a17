"""Subscriptions and reports at the same moment, over real connections with real commits."""

from functools import partial
from uuid import uuid4

from notices.models import Notice, Report, Subscriber, SubscriptionRequest
from notices.subscriptions import subscribing
from privacy_portal.ground.codes import hash_of
from privacy_portal.ground.days import days_later
from privacy_portal.ground.mail.models import Message
from tests.example import NOON
from tests.factories.notices import ReportFactory
from tests.races import all_at_once


def test_a_report_sent_twice_at_the_same_moment_is_one(committed):
    send = partial(ReportFactory, submission=uuid4())
    assert len({each.reference for each in all_at_once(*[send] * 6)}) == 1
    assert Report.objects.count() == Message.objects.count() == 1


def test_two_links_of_one_address_confirmed_at_the_same_moment_are_one_subscriber(committed):
    for number, notice in enumerate(Notice.objects.all()):
        request = SubscriptionRequest.objects.create(
            token_hash=hash_of(str(number)),
            email=("ben@example.org", "Ben@example.org")[number],
            asked_at=NOON,
            expires_at=days_later(NOON, 7),
        )
        request.notices.add(notice)
    confirms = [partial(subscribing.confirm, str(number), at=NOON) for number in (0, 1, 0, 1)]
    assert len({each.pk for each in all_at_once(*confirms)}) == 1
    assert Subscriber.objects.get().notices.count() == 2
