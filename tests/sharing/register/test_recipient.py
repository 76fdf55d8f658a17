"""The public page of an organisation: what an agreement lets it have, in the words of the notice."""

from datetime import timedelta

import pytest

from privacy_portal.ground import days
from tests.factories.sharing import AgreementFactory

ITEMS = ("pupil.upn", "pupil.sex", "pupil.free_school_meals")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("named", "Unique pupil number, sex, free school meals"),
        ("pseudonymised", "Sex, free school meals"),
    ],
)
def test_what_the_form_of_an_agreement_withholds_is_not_said_to_be_shared(
    policy, client, officer, form, words
):
    today = days.today()
    AgreementFactory(
        by=officer, recipient="lancashire-cc", form=form, items=ITEMS,
        starts=today, ends=today + timedelta(days=300), review_on=today + timedelta(days=200),
    )  # fmt: skip
    page = client.get("/sharing/lancashire-cc/").text
    after = page.split("A new agreement", 1)[1].split("What we can share", 1)[1]
    assert after.split("</dd>")[0].split(">")[-1].strip() == words
