"""Who looked at a pupil (L6)."""

from consent.models import Pupil
from consent.queries import references_of
from privacy_portal.ground.log import searching
from privacy_portal.ground.log.searching import Wanted
from sharing.log_search.lines import Line, lines
from sharing.log_search.words import LOOKS


def looks_at(pupil: Pupil, *, most: int) -> list[Line]:
    """Return the newest looks at the pupil and downloads about them, at most so many; 4 queries, and 1 for each
    step of merged records."""
    about = tuple(str(reference) for reference in references_of([pupil]))
    return lines(
        searching.entries(Wanted(events=LOOKS, about=about), before=None, most=most), named=0
    )
