"""What the roll said of pupils when a disclosure was decided, put back from what changed since."""

from collections.abc import Mapping
from dataclasses import dataclass

from consent.models import PupilChange, PupilMerge, PupilMove, School
from consent.rules import CLOCKS_APART
from sharing.replay.knowledge import Knowledge


@dataclass(frozen=True, slots=True)
class FormerFacts:
    """The school, by its id, of each pupil who has moved since, the pupils (by id) whose date of birth was
    corrected since, which is not kept, and the URN of each school."""

    schools: Mapping[int, int]
    born_changed: frozenset[int]
    urns: Mapping[int, str]

    def urn_then(self, pupil: int, school_now: int) -> str:
        """Return the URN of the school that a pupil was at."""
        return self.urns[self.schools.get(pupil, school_now)]


def former_facts(known: Knowledge) -> FormerFacts:
    """Load what has changed since on the roll; 4 queries."""
    # A merge notes the move of the record that is gone, so that the school hears of its decisions.
    merged = set(PupilMerge.objects.values_list("kept", "at"))
    schools: dict[int, int] = {}
    earliest = known.at - CLOCKS_APART
    for pupil, school, at in PupilMove.objects.order_by("pk").values_list(
        "pupil", "from_school", "at"
    ):
        if (pupil, at) not in merged and not known.had("roll-imported", None, at):
            schools.setdefault(pupil, school)
    changes = PupilChange.objects.filter(field="born", at__gte=earliest)
    return FormerFacts(
        schools,
        frozenset(changes.values_list("pupil", flat=True)),
        dict(School.objects.values_list("pk", "urn")),
    )
