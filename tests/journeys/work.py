"""A worker for the browser tests, at noon of the day of the portal that it works for.

With today's clock it would expire what officers of the example's day have just checked.
"""

import logging
import sys
from datetime import UTC, date as day, datetime, time

import time_machine


def main() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    logging.getLogger("procrastinate").setLevel(logging.INFO)
    noon = datetime.combine(day.fromisoformat(sys.argv[1]), time(12), UTC)
    with time_machine.travel(noon, tick=True):
        call_command("procrastinate", "worker")


if __name__ == "__main__":
    main()
