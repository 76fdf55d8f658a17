"""What waits for an officer on a Monday, stored in the portal's database: python -m tests.journeys.monday DAY

A file handed over by a colleague and a choice about somebody in it recorded late, a second file, data that
an organisation should have deleted, and a colleague's question about a file of the officer's own.
"""

import sys
from datetime import UTC, date as day, datetime, time, timedelta

import time_machine

OFFICER, COLLEAGUE = "second.officer@example.org", "officer@example.org"
ROWS = 12


def main() -> None:
    import django

    django.setup()
    noon = datetime.combine(day.fromisoformat(sys.argv[1]), time(12), UTC)
    with time_machine.travel(noon, tick=True):
        prepare(noon)


def prepare(noon: datetime) -> None:
    from consent.models import Pupil, PupilUpn
    from privacy_portal.ground.accounts.models import User
    from sharing.disclosures.after_the_fact import PastDisclosure, record_disclosure
    from sharing.models import DisclosureLine
    from sharing.review import questioning
    from tests.factories.consent import DecisionFactory
    from tests.factories.sharing import handed_over

    officer, colleague = (User.objects.get(email=email) for email in (OFFICER, COLLEAGUE))
    free = PupilUpn.objects.filter(
        present=True, pupil__decisions=None, pupil__protected=False, pupil__year_group="11"
    )
    numbers = list(free.order_by("-pupil").values_list("upn", flat=True)[:ROWS])
    text = "UPN,Telephone\r\n" + "".join(f"{number},1\r\n" for number in numbers)
    shared = handed_over(text, by=colleague).disclosure
    handed_over(text, by=colleague)
    questioning.ask(
        handed_over(text, by=officer).disclosure, words="Why so many?", by=colleague, at=noon
    )
    past = PastDisclosure(
        agreement="WIG-CNX", recipient="connexions", purpose="careers-guidance",
        on=noon.date() - timedelta(days=400), means="phone", items=["pupil.upn"], upns=numbers[:1],
        note="A call.", by=colleague,
    )  # fmt: skip
    record_disclosure(past, at=noon)
    whole = DisclosureLine.objects.filter(disclosure=shared, outcome=0).order_by("-row")[0]
    DecisionFactory.create(
        pupil=Pupil.objects.get(reference=whole.person), days=-1, channel="import",
        recorded_at=noon + timedelta(minutes=1),
    )  # fmt: skip


if __name__ == "__main__":
    main()
