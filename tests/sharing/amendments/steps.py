"""What the tests of amendments do with them."""

import csv
import io
import re
from datetime import timedelta

import pyzipper

from consent.models import Pupil, PupilChange
from privacy_portal.ground import days
from privacy_portal.ground.accounts.models import User
from sharing.amendments import chasing, making, queries
from sharing.models import Release
from sharing.releases import checking, delivering, desk, handing_over
from tests.databases import as_in_a_test
from tests.example import NOON, TWIN, UPN
from tests.factories.consent import PupilFactory
from tests.factories.ground import OfficerFactory
from tests.factories.sharing import AgreementFactory, ReadyReleaseFactory

REFERENCE = "NEW-CNX"
# What is stored for good is not of the future of a test, which begins at noon.
EARLIER = NOON - timedelta(minutes=5)
LINK = re.compile(r"https?://[^/]+(/amendments/\S+)")
ITEMS = (
    "pupil.upn", "pupil.surname", "pupil.forename", "pupil.date_of_birth", "pupil.address",
    "pupil.postcode", "pupil.sex", "pupil.phone", "pupil.school", "parent.name", "parent.address",
)  # fmt: skip
EXTRACT = (
    "UPN,Surname,Address,Sex,Telephone\r\n"
    f"{UPN},Barlow,1 Old Street,F,07700 900123\r\n"
    f"{TWIN},Barlow,1 Old Street,M,07700 900124\r\n"
)


def made_shared():
    """Store for good what was handed over an hour ago about Ella and her twin; returns its disclosure."""
    with as_in_a_test(EARLIER):
        agreement_of()
        PupilFactory(upn=UPN)
        PupilFactory(upn=TWIN, forename="Tom", sex="M", address="1 Old Street")
        return share(OfficerFactory(email="officer@example.org"))


def made_sent():
    """Store for good an amendment whose file has left and whose link is on its way; returns it."""
    with as_in_a_test(EARLIER):
        officer = User.objects.get(email="officer@example.org")
        second = OfficerFactory(email="second@example.org")
        correct(address="2 New Road")
        amendment = find()
        send(amendment, officer, second)
        return amendment


def agreement_of(**terms):
    """An agreement that asks for amendments, set up by somebody who releases nothing."""
    today = days.today()
    return AgreementFactory(**{
        "reference": REFERENCE, "recipient": "connexions", "purposes": ("careers-guidance",),
        "items": ITEMS, "amendments": "as-needed", "sent_by": "zip",
        "starts": today - timedelta(days=400), "ends": today + timedelta(days=365),
        "review_on": today + timedelta(days=300), "by": OfficerFactory(), "at": days.now(), **terms,
    })  # fmt: skip


def let_go(release, officer, second=None):
    """A checked release is approved, released and downloaded; returns it with its parcel's content."""
    at = days.now()
    if second is not None:
        desk.approve(release.pk, by=second, at=at)
    if Release.objects.get(pk=release.pk).state == Release.State.CHECKED:
        desk.release(release.pk, by=officer, at=at)
    handover = handing_over.hand_over_release(release.pk, by=officer, clock=days.now)
    parcel = delivering.parcel(handover, release.pk, clock=days.now)
    content = b"".join(parcel)
    parcel.close()
    release.refresh_from_db()
    return content


def share(officer, content=EXTRACT, ago=timedelta(hours=1), **more):
    """An extract is handed over under the agreement; returns its disclosure."""
    at = days.now() - ago
    release = ReadyReleaseFactory(content=content, agreement=REFERENCE, by=officer, at=at, **more)
    done = handing_over.hand_over_release(release.pk, by=officer, clock=lambda: at)
    parcel = delivering.parcel(done, release.pk, clock=lambda: at)
    list(parcel)
    parcel.close()
    release.refresh_from_db()
    return release.disclosure


def correct(upn=UPN, **values):
    """The roll is corrected."""
    Pupil.objects.filter(upns__upn=upn).update(**values)
    settle()


def settle():
    """The database's clock is not held still like that of the tests: what it noted happened just now."""
    PupilChange.objects.filter(at__gt=days.now()).update(at=days.now())


def find(officer=None):
    """The portal looks for changes, or an officer does; returns the one that is due, if any."""
    making.look(at=days.now(), by=officer)
    return queries.due().first()


def make(amendment, officer):
    """The file is made and checked."""
    release = making.make(amendment.pk, by=officer, at=days.now())
    if release is not None:
        checking.check(release.pk, at=days.now())
        release.refresh_from_db()
    return release


def send(amendment, officer, second):
    """The file is made and handed over, and the link sent; returns the rows of the file that left."""
    release = make(amendment, officer)
    content = let_go(release, officer, second)
    chasing.ask(at=days.now())
    return rows_of(content, release)


def rows_of(content, release):
    """The rows of a file of changes in an encrypted parcel."""
    with pyzipper.AESZipFile(io.BytesIO(content)) as archive:
        archive.setpassword(release.passphrase.encode())
        text = archive.read(archive.namelist()[0]).decode()
    return list(csv.DictReader(io.StringIO(text)))
