"""Two records are made one while somebody opts out, over two real connections."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from django.db import transaction

from consent import keying, merging
from consent.models import Decision, Pupil, Scheme
from consent.rules import Choice, DecidedBy
from privacy_portal import days
from privacy_portal.accounts.models import Role
from tests.conftest import DAY, NOON, ROLL_HEADINGS, UPN, make_user, pupil_row, run
from tests.sharing.test_race import TWIN, in_thread, wait_until, waits_for_a_lock


def test_an_opt_out_keyed_while_records_are_made_one_counts_for_the_one_that_stays(
    committed, write
):
    """It waits for the merge, and is not lost with the other record."""
    rows = pupil_row() + pupil_row(UPN=TWIN, Surname="Khan")
    run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{rows}", "r.csv"))
    kept, gone = (Pupil.objects.get(upns__upn=number) for number in (UPN, TWIN))
    officer = make_user("officer@example.org", Role.OFFICER)
    given = keying.Given(
        pupil=gone, matter=Scheme.objects.get(code="connexions").matter, choice=Choice.OPT_OUT,
        by=DecidedBy.PARENT, person_name="Ben", relation="", email="",
        channel=Decision.Channel.PHONE, signed_on=None, received_on=DAY, submission=uuid4(),
    )  # fmt: skip
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            merging.merge(gone, kept, reason="New UPN", by=officer, at=NOON)
            keyed = pool.submit(
                in_thread, lambda: keying.key(given, scan=None, by=officer, at=days.now())
            )
            wait_until(waits_for_a_lock)
            assert not keyed.done()
        assert keyed.result(timeout=30).pupil == kept
    assert Decision.objects.get().pupil == kept
