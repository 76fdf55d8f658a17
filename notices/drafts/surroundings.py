"""What writing and publishing a notice needs to know of the floors above: schemes and agreements."""

from collections.abc import Callable
from datetime import date

from notices.rules import Surroundings
from privacy_portal.ground.hooks import Hook

# Takes an audience and a day.
surroundings = Hook[Callable[[str, date], Surroundings]](
    "Which schemes and agreements must a notice for this audience tell of on this day (N3)?"
)
# Gives the code and title of each scheme.
schemes = Hook[Callable[[], list[tuple[str, str]]]]("Which schemes can a notice explain?")
