"""Two officers change one agreement at once, over real connections."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import transaction

from privacy_portal.ground.errors import NotNowError
from sharing.agreements import signing
from sharing.agreements.rules import Section
from tests.example import NOON
from tests.factories.ground import OfficerFactory
from tests.factories.sharing import AgreementFactory
from tests.log_entries import events
from tests.races import in_thread, wait_until, waits_for_a_lock


def test_whoever_changes_a_draft_that_is_being_deleted_is_told(committed):
    """It waits for the lock on the agreement, which has another version; by then the draft is gone."""
    officer = OfficerFactory()
    signed = AgreementFactory(by=officer)
    draft = signing.start_next(signed, by=officer, at=NOON)
    seen = signing.token_of(signing.dump_version(draft))

    def change():
        signing.change(
            draft.pk, Section.RIGHTS, {"rights": "None."}, seen=seen, by=officer, at=NOON
        )

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            signing.discard(draft.pk, by=officer, at=NOON)
            late = pool.submit(in_thread, change)
            wait_until(waits_for_a_lock)
        with pytest.raises(NotNowError, match="deleted"):
            late.result(10)
    assert signed.agreement.versions.get() == signed
    assert "agreement-changed" not in events()
