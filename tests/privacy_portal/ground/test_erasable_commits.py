"""An erasure empties rows in its own transaction only: with real commits (R2)."""

import pytest
from django.db import DatabaseError, connection, transaction

from consent.models import Invalidation
from privacy_portal.ground.log.models import Erasure
from tests.example import NOON
from tests.factories.consent import DecisionFactory
from tests.factories.ground import OfficerFactory

ERASURE = {"what": "form", "rule": "x", "files": [], "entries": [], "at": NOON}


def test_an_earlier_erasure_empties_nothing_any_more(committed):
    """Nor does one that says it belongs to this transaction: the database writes that itself."""
    invalid = Invalidation.objects.create(
        decision=DecisionFactory.create(), reason="Ben asks", recorded_at=NOON,
        recorded_by=OfficerFactory.create(),
    )  # fmt: skip
    rows = {"consent_invalidation": [str(invalid.pk)]}
    with transaction.atomic():
        earlier = Erasure.objects.create(key="1", rows=rows, **ERASURE)
    with pytest.raises(DatabaseError, match="only ever added"):
        Invalidation.objects.update(erased=True, reason="")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        (number,) = cursor.fetchone()
        earlier.refresh_from_db()
        assert earlier.transaction < number
        said = Erasure.objects.create(key="2", rows=rows, transaction=number + 9, **ERASURE)
        said.refresh_from_db()
        assert said.transaction == number
        Invalidation.objects.update(erased=True, reason="")
    assert Invalidation.objects.get().reason == ""
