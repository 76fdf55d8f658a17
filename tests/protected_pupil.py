"""A protected pupil with a life behind them: everything that the portal keeps of a pupil."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from django.test import Client
from django.urls import reverse

from consent.identities import proposing
from consent.models import (
    Pupil,
    RollUpload,
    SameChildQuestion,
    Scan,
    SecondLook,
    Telling,
    WaitingMove,
)
from consent.protection.recording import propose_ending, record_death, withdraw_death
from consent.watching.figures import ListName
from sharing.models import DataRequest
from sharing.pupils import list_approving
from sharing.requests import deciding, disclosing
from tests import nowhere
from tests.addresses import GUARDS, PUBLIC, address
from tests.commands import run
from tests.databases import as_in_a_test
from tests.example import DAY, NOON, TWIN, UPN
from tests.factories.consent import (
    ContactFactory,
    DecisionFactory,
    LetterRunFactory,
    ObjectionFactory,
    ProtectionFactory,
    PupilFactory,
    RequestFactory,
    SchoolFactory,
)
from tests.factories.ground import (
    OfficerFactory,
    ProtectedRecordsOfficerFactory,
    SchoolStaffFactory,
)
from tests.factories.requests import DataRequestFactory, decided
from tests.factories.sharing import DisclosureFactory, ReleaseFactory
from tests.mails import run_jobs
from tests.rolls import pupil_row, roll_of, upload_roll

SCHOOL = "Zebrawood Refuge Academy"
URN = "990777"
ROLL = (
    "UPN,Surname,Forename,DOB,School URN,School,Address,Postcode,Parent name,Parent email,Protected"
)


def made():
    """Return the world, stored for good."""
    with TemporaryDirectory() as folder, as_in_a_test():

        def write(content, name):
            path = Path(folder) / name
            path.write_text(content)
            return path

        return World(write)


class World:
    """The pupil, the people around them, and every address that a page about the pupil has."""

    def __init__(self, write):
        with nowhere.not_protected_yet():
            self.before(write)
        ProtectionFactory.create(pupil=self.pupil, by=self.officer)
        self.ending = propose_ending(self.pupil, reason="Over", by=self.officer, at=NOON)
        self.checked = ReleaseFactory.create(by=self.officer, name="later.csv")
        self.asked = list_approving.ask(self.pupil, by=self.second, at=NOON)
        record_death(self.pupil, died_on=DAY, source="officer", by=self.officer, at=NOON)
        withdraw_death(self.pupil, reason="Another child", by=self.officer, at=NOON)
        self.requests_for_data()

    def before(self, write):
        self.officer = ProtectedRecordsOfficerFactory.create(email="officer@example.org")
        self.second = OfficerFactory.create(email="second@example.org")
        self.third = OfficerFactory.create(email="third@example.org")
        self.school = SchoolFactory.create(urn=URN, name=SCHOOL)
        self.pupil = PupilFactory.create(
            upn=UPN, school=self.school, address=nowhere.ADDRESS, postcode=nowhere.POSTCODE,
            parent_name=nowhere.PARENT, parent_address=nowhere.PARENT_ADDRESS,
            parent_email=nowhere.EMAIL, born=DAY.replace(year=2010),
        )  # fmt: skip
        self.secretary = SchoolStaffFactory.create(email="own@example.org", school=self.school)
        self.stranger = SchoolStaffFactory.create(
            email="other@example.org", school=SchoolFactory.create(urn="990002")
        )
        ContactFactory.create(
            pupil=self.pupil, name=nowhere.CONTACT, email=nowhere.CONTACT_EMAIL,
            address=nowhere.CONTACT_ADDRESS,
        )  # fmt: skip
        self.disclosure = DisclosureFactory.create(by=self.officer)
        self.decisions()
        self.identities(write)
        self.run = LetterRunFactory.create(pupils=[self.pupil], asked_by=self.secretary)
        self.release = ReleaseFactory.create(by=self.officer)

    def decisions(self):
        by_parent = {"pupil": self.pupil, "person_name": nowhere.PARENT}
        paper = {
            "channel": "paper", "recorded_by": self.secretary, "signed_on": DAY - timedelta(days=4)
        }  # fmt: skip
        self.opt_out = DecisionFactory.create(**by_parent, days=-3, **paper)
        self.opt_in = DecisionFactory.create(**by_parent, choice="opt-in", days=-2, **paper)
        SecondLook.objects.create(decision=self.opt_in, why="opt-in", keyed_by=self.secretary)
        Scan.objects.create(
            decision=self.opt_out,
            file=UUID(int=1),
            content_type="image/png",
            bytes=1,
            sha256="0" * 64,
        )
        Telling.objects.create(
            decision=self.opt_in, name=nowhere.CONTACT, way="post", address=nowhere.CONTACT_ADDRESS
        )
        self.objection = ObjectionFactory.create(**by_parent)
        form = {"school": self.school, "born": self.pupil.born, "person_name": nowhere.PARENT}
        self.request = RequestFactory.create(
            **form, email=nowhere.EMAIL, phone=nowhere.PHONE, received_at=NOON
        )

    def identities(self, write):
        born = self.pupil.born.isoformat()
        row = f"{TWIN},Barlow,Ella,{born},{URN},{SCHOOL},{nowhere.ADDRESS.replace(',', ' ')},{nowhere.POSTCODE},{nowhere.PARENT},,\r\n"
        run("roll", "import", write(roll_of(row, headings=ROLL), "new.csv"))
        self.twin = Pupil.objects.get(upns__upn=TWIN)
        client = Client()
        client.force_login(self.stranger)
        moved = pupil_row(DOB=born, **{"School URN": "990002", "School": "Other School"})
        upload_roll(client, roll_of(moved))
        client.post(f"/staff/roll/{RollUpload.objects.get().pk}/import/")
        run_jobs()
        self.proposal = proposing.propose(
            PupilFactory.create(), self.pupil, reason="Same", by=self.officer, at=NOON
        )

    def requests_for_data(self):
        """The police ask by phone for a telephone number: one request waits, one is granted and shared."""
        self.open, self.granted = (
            DataRequestFactory.create(pupils=[self.pupil], by=self.officer).pk for _ in range(2)
        )
        request = DataRequest.objects.get(pk=self.granted)
        decision = decided(request, by=self.officer, choice="share.without-locating")
        deciding.answer(request, agrees=True, note="", number=1, by=self.second, at=NOON)
        disclosing.record_given(
            request,
            disclosing.Given(
                on=DAY, means="phone", pupils=[self.pupil.pk], items=decision.items, others=0,
                note="I called back.",
            ),
            by=self.officer,
            at=NOON,
        )  # fmt: skip

    def arguments(self):
        """Return the arguments of each address of a page about the pupil, by the address's name."""
        of = self.pupil.reference
        entry, checked = self.disclosure.entry, self.checked.pk
        arguments = {
            "staff-opt-out": [self.request.reference],
            "staff-opt-out-act": [self.request.reference, "pass"],
            "staff-scan": [self.opt_out.pk],
            "staff-look": [SecondLook.objects.get().pk],
            "staff-objection": [self.objection.pk],
            "staff-same-child": [SameChildQuestion.objects.get().pk],
            "staff-move": [WaitingMove.objects.get().pk],
            "staff-merge-proposal": [self.proposal.pk],
            "staff-letters-one": [of],
            "staff-letters-run": [self.run.pk],
            "staff-letters-pdf": [self.run.pk],
            "staff-letters-new": [URN, "connexions"],
            "staff-roll-upload": [RollUpload.objects.get().pk],
            "staff-school-file": [URN],
            "staff-release": [checked],
            "staff-release-decision": [checked],
            "staff-release-rows": [checked],
            "staff-release-why": [checked, 1],
            "staff-release-permit": [checked, 1],
            "staff-disclosure": [entry],
            "staff-disclosure-again": [entry],
            "staff-disclosure-again-csv": [entry],
            "staff-request": [self.granted],
            "staff-request-shared": [self.granted],
            "staff-request-file": [self.granted],
            "staff-request-step": [self.granted],
            "staff-request-letter": [self.granted, "shared"],
            "staff-request-letter-pdf": [self.granted, "shared"],
            "staff-request-people": [self.open],
            "staff-request-decide": [self.open],
            "staff-request-more": [self.open],
            "staff-request-part": [self.open, "information"],
            "staff-decision-invalid": [of, self.opt_out.pk],
            "staff-protection-answer": [of, self.ending.pk],
            "staff-pupil-list-answer": [of, self.asked.pk],
        }
        about = [
            "staff-pupil", "staff-pupil-list", "staff-pupil-list-pdf", "staff-pupil-list-csv",
            "staff-protection", "staff-protect", "staff-protection-end", "staff-death",
            "staff-death-mistake", "staff-protected-details",
        ]  # fmt: skip
        return {**arguments, **{name: [of] for name in about}}

    def addresses(self):
        """Return every address there is, with the pupil's arguments where it has such a page."""
        of, release, arguments = self.pupil.reference, self.release.pk, self.arguments()
        paths = {reverse(name, args=args) for name, args in arguments.items()}
        paths |= {address(name) for name in [*GUARDS, *PUBLIC] if name not in arguments}
        paths |= {
            "/staff/pupils/?q=barlow", f"/staff/pupils/?q={UPN}",
            f"/staff/opt-outs/paper/?pupil={of}&q=barlow", f"/staff/pupils/choices/?q={UPN}",
            "/staff/opt-outs/?all=1", f"/staff/opt-outs/schools/?school={URN}",
            f"/staff/releases/{release}/", "/staff/disclosures/?q=barlow",
            f"/staff/requests/{self.open}/", "/staff/requests/?status=all",
            *(f"/staff/schools/{URN}/connexions/{name.value}/" for name in ListName),
        }  # fmt: skip
        # It limits how long the transaction, here the test’s, may rest.
        return sorted(paths - {"/readyz"})
