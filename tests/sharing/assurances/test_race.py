"""An agreement is signed while the assurance of its organisation is recorded, over real connections (Q3)."""

from datetime import timedelta

import pytest

from sharing.agreements import signing
from sharing.agreements.storing import dump_version
from sharing.assurances.recording import AssuranceEndedError
from sharing.models import Signing
from tests.example import DAY, NOON
from tests.factories.assurances import AssuranceFactory
from tests.factories.ground import OfficerFactory
from tests.factories.sharing import PDF, AgreementDraftFactory
from tests.log_entries import events
from tests.races import second_after

YESTERDAY = DAY - timedelta(days=1)


def test_a_signing_waits_for_what_is_being_recorded_of_the_organisation(committed):
    """Over real connections: what has ended is committed first, and the agreement is not signed."""
    officer = OfficerFactory()
    draft = AgreementDraftFactory(by=officer)
    seen = signing.token_of(dump_version(draft))
    side = signing.Side("Dana", "Director", DAY)

    def sign():
        signing.sign(
            draft.pk, council=side, recipient=side, document=PDF, seen=seen, by=officer, at=NOON
        )

    with pytest.raises(AssuranceEndedError):
        second_after(lambda: AssuranceFactory(ends=YESTERDAY, by=officer), sign)
    assert not Signing.objects.exists()
    assert "agreement-signed" not in events()
