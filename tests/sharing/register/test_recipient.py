"""The public page of an organisation: what agreement and notice let it have."""

from datetime import timedelta

import pytest

from privacy_portal.ground import days
from tests.factories.sharing import AgreementFactory

ITEMS = ("pupil.upn", "pupil.sex", "pupil.free_school_meals")
# The notice of the example does not list it for this organisation.
UNTOLD = ("pupil.intended_destination",)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("form", "items", "words"),
    [
        ("named", ITEMS, "Unique pupil number, sex, free school meals"),
        ("named", (*ITEMS, *UNTOLD), "Unique pupil number, sex, free school meals"),
        ("pseudonymised", ITEMS, "Sex, free school meals"),
        ("named", UNTOLD, "Nothing: our privacy notice does not list it"),
    ],
)
def test_what_the_rules_withhold_anyway_is_not_said_to_be_shared(
    policy, client, officer, form, items, words
):
    today = days.today()
    AgreementFactory(
        by=officer, recipient="lancashire-cc", form=form, items=items,
        starts=today, ends=today + timedelta(days=300), review_on=today + timedelta(days=200),
    )  # fmt: skip
    page = client.get("/sharing/lancashire-cc/").text
    after = page.split("A new agreement", 1)[1].split("What we can share", 1)[1]
    assert after.split("</dd>")[0].split(">")[-1].strip() == words


@pytest.mark.django_db
def test_without_a_notice_nothing_is_said_to_be_shared(policy, client, monkeypatch):
    monkeypatch.setattr("sharing.register.queries.notices_in_force", lambda on: {})
    assert "Nothing: our privacy notice" in client.get("/sharing/connexions/").text
