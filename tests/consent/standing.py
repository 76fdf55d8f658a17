"""Whether a pupil is opted out, for tests of what people choose."""

from datetime import datetime

from consent.models import Pupil
from consent.queries import decisions_about, scheme_facts
from consent.rules import opted_out
from tests.example import NOON
from tests.factories.consent import scheme_of


def is_out(pupil: Pupil, at: datetime = NOON) -> bool:
    """Return whether the pupil is opted out of Connexions at a time."""
    scheme = scheme_of()
    return opted_out(scheme_facts(scheme), pupil.born, decisions_about(scheme, pupil), at)
