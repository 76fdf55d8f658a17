"""Ask the apps above for the schemes and agreements that editing and publishing a notice needs."""

from datetime import date

from notices.rules import Surroundings
from privacy_portal.ground.hooks import Hook

# Takes an audience and a date.
surroundings = Hook[[str, date], Surroundings](
    "Which schemes and agreements must a notice for this audience tell of on this day (N3)?"
)
# Gives the code and title of each scheme.
schemes = Hook[[], list[tuple[str, str]]]("Which schemes can a notice explain?")
