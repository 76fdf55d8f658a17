"""A file of changes that only says whom to delete is compared like any other (D, H6)."""

import pytest

from consent.models import Pupil
from notices.models import Purpose, Recipient
from privacy_portal.ground import days
from privacy_portal.ground.errors import NotNowError
from sharing.disclosures.after_the_fact import PastDisclosure, record_disclosure
from sharing.errors import RevealsOptOutsError
from sharing.models import Release
from sharing.releases import desk
from sharing.releases.handing_over import hand_over_release
from tests.example import UPN
from tests.factories.consent import ObjectionFactory
from tests.sharing.amendments.steps import find, make

pytestmark = pytest.mark.django_db


def call(by):
    past = PastDisclosure(
        agreement="", recipient="connexions", purpose="performance-analysis", on=days.today(),
        means="phone", items=["pupil.phone"], upns=[UPN], note="x", by=by,
    )  # fmt: skip
    return record_disclosure(past, at=days.now())


@pytest.fixture
def to_delete(shared):
    ObjectionFactory(
        pupil=Pupil.objects.get(upns__upn=UPN),
        recipient=Recipient.objects.get(code="connexions"),
        purpose=Purpose.objects.get(code="careers-guidance"),
        received_at=days.now(),
        recorded_at=days.now(),
    )


def test_a_second_officer_says_that_it_is_meant(to_delete, officer, second_officer):
    entry = call(officer).entry
    release = make(find(), officer)
    assert [file["entry"] for file in release.decision["reveals"]] == [entry]
    with pytest.raises(NotNowError):
        desk.approve(release.pk, by=second_officer, at=days.now())
    desk.approve(release.pk, reveals_meant=True, by=second_officer, at=days.now())
    desk.release(release.pk, by=officer, at=days.now())
    done = hand_over_release(release.pk, by=officer, clock=days.now)
    assert done.file
    done.file.unlink()
    assert done.disclosure.reveals == [entry]


def test_a_call_since_the_check_voids_it(to_delete, officer, second_officer):
    release = make(find(), officer)
    assert not release.decision["reveals"]
    desk.approve(release.pk, by=second_officer, at=days.now())
    desk.release(release.pk, by=officer, at=days.now())
    call(officer)
    with pytest.raises(RevealsOptOutsError):
        hand_over_release(release.pk, by=officer, clock=days.now)
    release.refresh_from_db()
    assert release.state == Release.State.VOID
