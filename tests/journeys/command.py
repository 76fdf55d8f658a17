"""A command of `manage.py` at noon of a day: python -m tests.journeys.command DAY COMMAND..."""

import sys
from datetime import UTC, date as day, datetime, time

import time_machine


def main() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    noon = datetime.combine(day.fromisoformat(sys.argv[1]), time(12), UTC)
    with time_machine.travel(noon, tick=True):
        call_command(*sys.argv[2:])


if __name__ == "__main__":
    main()
