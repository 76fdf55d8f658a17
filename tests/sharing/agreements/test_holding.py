"""When an agreement was signed, terminated and suspended is what entries say, or the log check finds it."""

import json
from datetime import timedelta

import pytest

from privacy_portal.ground.log.verifying import LogBrokenError
from sharing.agreements import signing
from sharing.agreements.holding import Days, days_told, told, unlike
from sharing.agreements.storing import dump_version
from sharing.auditing.verifying import verify_log
from sharing.models import AgreementVersion
from tests.commands import run
from tests.example import DAY, NOON, POLICY
from tests.factories.sharing import AgreementFactory
from tests.tampering import past_the_guards

pytestmark = pytest.mark.django_db
ENDED = DAY + timedelta(days=90)
WEEK = timedelta(days=7)


def fault():
    with pytest.raises(LogBrokenError) as caught:
        verify_log(lambda size: None)
    return str(caught.value)


@pytest.fixture
def version(policy, officer):
    """An agreement that was suspended four times, of which once by mistake and once not to its end."""
    version = AgreementFactory(reference="MINE")
    act = {"note": "x", "by": officer, "at": NOON}
    signing.suspend(version.pk, first=DAY, last=None, **act)
    signing.lift(version.pk, from_day=DAY, **act)
    signing.suspend(version.pk, first=DAY, last=DAY + 2 * WEEK, **act)
    signing.lift(version.pk, from_day=DAY + WEEK, **act)
    signing.suspend(version.pk, first=DAY + 2 * WEEK, last=DAY + 3 * WEEK, **act)
    signing.suspend(version.pk, first=DAY + 4 * WEEK, last=None, **act)
    signing.terminate(version.pk, on=ENDED, **act)
    assert verify_log(lambda size: None).size
    version.refresh_from_db()
    return version


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE sharing_agreementversion SET terminated_on = NULL WHERE id = %s", "terminated"),
        (
            "UPDATE sharing_agreementversion SET terminated_on = terminated_on + 1 WHERE id = %s",
            "terminated",
        ),
        ("UPDATE sharing_agreementversion SET signed_on = signed_on - 9 WHERE id = %s", "signed"),
        ("UPDATE sharing_agreementversion SET signed_on = NULL WHERE id = %s", "signed"),
        (
            "UPDATE sharing_suspension SET last = first WHERE version_id = %s AND last IS NULL",
            "susp",
        ),
        (
            """UPDATE sharing_suspension SET first = first + 1
            WHERE version_id = %s AND last IS NULL""",
            "suspensions",
        ),
        ("DELETE FROM sharing_suspension WHERE version_id = %s AND last < first", "suspensions"),
        ("DELETE FROM sharing_suspension WHERE version_id = %s AND last IS NULL", "suspensions"),
        (
            """INSERT INTO sharing_suspension (version_id, first, last)
            VALUES (%s, '2020-01-01', '2020-01-02')""",
            "suspensions",
        ),
    ],
)
def test_other_days_than_were_logged_are_found(version, sql, said):
    past_the_guards(sql, version.pk)
    assert "agreement MINE version 1 differs from what was logged in" in fault()
    assert said in fault()


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE sharing_agreementversion SET terminated_on = NULL", "terminated"),
        ("UPDATE sharing_agreementversion SET signed_on = signed_on - 1", "the day it was signed"),
        ("UPDATE sharing_suspension SET last = first", "its suspensions"),
        ("DELETE FROM sharing_suspension", "its suspensions"),
    ],
)
def test_other_days_than_a_policy_file_brought_are_found(policy, write, sql, said):
    document = json.loads(POLICY.read_text())
    brought = document["agreements"][0] | {
        "reference": "BROUGHT", "terminated_on": ENDED.isoformat(),
        "suspensions": [{"from": DAY.isoformat(), "to": None}],
    }  # fmt: skip
    document["agreements"].append(brought)
    assert run("policy", "import", write(json.dumps(document), "policy.json")).code == 0
    assert verify_log(lambda size: None).size
    past_the_guards(sql)
    assert said in fault()


def test_the_next_version_of_a_terminated_agreement_is_not_terminated(version, officer):
    draft = signing.start_next(version, by=officer, at=NOON)
    assert AgreementVersion.objects.get(pk=draft.pk).terminated_on is None


class TestEntriesOfEarlierVersionsOfThePortal:
    """They do not say what a file brought beside the terms."""

    SIGNED = {
        "event": "agreement-imported", "agreement": "MINE", "agreement_version": 1, "terms": "x",
    }  # fmt: skip
    ACT = {"agreement": "MINE", "agreement_version": 1}

    def days(self, *entries):
        return told([self.SIGNED, *({**self.ACT, **entry} for entry in entries)])["MINE", 1]

    def test_what_a_file_may_have_brought_is_not_called_another(self):
        stored = Days(DAY, DAY + WEEK, [(DAY, None)])
        assert unlike(stored, self.days()) == []

    def test_what_was_done_since_is_compared(self):
        on = {"on": DAY.isoformat()}
        days = self.days(
            {"event": "agreement-suspended", "last": None, **on},
            {"event": "agreement-terminated", **on},
        )
        assert unlike(Days(DAY, DAY, [(DAY, None)]), days) == []
        assert unlike(Days(DAY, None, []), days) == ["the day it was terminated", "its suspensions"]

    def test_a_suspension_that_a_file_brought_was_lifted(self):
        days = self.days(
            {
                "event": "agreement-lifted",
                "first": DAY.isoformat(),
                "on": (DAY + WEEK).isoformat(),
            }
        )
        assert unlike(Days(DAY, None, [(DAY, DAY + WEEK - timedelta(days=1))]), days) == []
        assert unlike(Days(DAY, None, [(DAY, None)]), days) == ["its suspensions"]

    def test_what_was_done_before_an_entry_of_now_is_in_it(self, version):
        entry = self.SIGNED | {"signed_on": DAY.isoformat(), **days_told(dump_version(version))}
        before = {**self.ACT, "event": "agreement-suspended", "on": DAY.isoformat(), "last": None}
        stored = [(each.first, each.last) for each in version.suspensions.all()]
        assert unlike(Days(DAY, ENDED, stored), told([before, entry])["MINE", 1]) == []
