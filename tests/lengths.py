"""How many random cases a test makes: few in every run, many in the long one (`make soak`)."""

import os

# The command line of the run is not that of the processes that test.
LONG_RUN = "PORTAL_LONG_RUN"


def examples(few: int, many: int) -> int:
    """Return how many examples hypothesis makes in this run."""
    return many if os.environ.get(LONG_RUN) else few
