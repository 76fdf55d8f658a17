"""Rolls from CTF files, and schools from the national register (GIAS)."""

import re

import pytest

from consent.decisions.contacts import contacts_of
from consent.models import Pupil, PupilMerge, PupilUpn, RollContact, School
from consent.queries import opted_out_among, scheme_facts
from consent.roll.importing import import_roll
from consent.roll.schools_importing import import_schools
from consent.rules import seen_now
from privacy_portal.ground.faults import BadInputError
from privacy_portal.ground.log.models import Entry
from tests.commands import run
from tests.ctf import CTF_PUPIL, GIAS_HEAD, ctf, faults_of, gias, gias_row, import_ctf
from tests.example import DAY, NOON, TWIN, UPN
from tests.factories.consent import DecisionFactory, scheme_of
from tests.places import DATA

pytestmark = pytest.mark.django_db


def one_line(text):
    return "".join(part.strip() for part in text.split("\n"))


class TestCtf:
    def test_a_pupil_is_read_with_what_a_roll_needs_and_no_more(self, schools, write):
        assert import_ctf(write, ctf()).added == 1
        ella = Pupil.objects.get()
        assert (ella.surname, ella.forename, ella.sex, ella.year_group) == (
            "Barlow",
            "Ella",
            "F",
            "9",
        )
        assert (ella.address, ella.postcode) == ("12, Mill Lane, Wigan", "WN1 1AA")
        assert (ella.school.urn, ella.home_language) == ("990001", "POL")
        assert ella.parent_name == "Ben Barlow"
        assert set(PupilUpn.objects.values_list("upn", "present")) == {(UPN, True), (TWIN, False)}

    def test_everyone_on_record_is_kept_and_who_has_no_responsibility_is_marked(
        self, schools, write
    ):
        import_ctf(write, ctf())
        contacts = contacts_of(Pupil.objects.get(), self_age=16, on=DAY)
        assert [(contact.name, contact.responsible) for contact in contacts] == [
            ("Ben Barlow", True), ("Ali Khan", True), ("Granny Ogden", False),
        ]  # fmt: skip
        ali, granny = RollContact.objects.order_by("place")
        assert (ali.email, ali.address) == ("ali@example.org", "3 High Street")
        assert (granny.address, granny.responsible) == ("", False)

    def test_nobody_without_responsibility_becomes_the_rolls_parent(self, schools, write):
        text = ctf().replace("<Responsibility>1<", "<Responsibility>0<")
        import_ctf(write, text.replace("<Responsibility>true<", "<Responsibility>false<"))
        pupil = Pupil.objects.get()
        assert pupil.parent_name == ""
        names = [each.name for each in contacts_of(pupil, self_age=16, on=DAY)]
        assert names == ["Ben Barlow", "Ali Khan", "Granny Ogden"]

    def test_a_carer_without_responsibility_opts_out_like_a_parent(self, schools, write, policy):
        import_ctf(write, ctf())
        pupil = Pupil.objects.get()
        DecisionFactory(pupil=pupil, person_name="Granny Ogden", relation="grandmother")
        scheme = scheme_of()
        facts = scheme_facts(scheme)
        assert opted_out_among(scheme, facts, [pupil.pk], seen_now(NOON)) == {pupil.pk: True}

    def test_of_special_educational_needs_nothing_is_taken(self, schools, write):
        needs = "<SENhistory><SEN><StartDate>2024-09-01</StartDate><SENprovision>E</SENprovision></SEN></SENhistory>"
        import_ctf(write, ctf())
        Pupil.objects.update(supported_to_25=True)
        import_ctf(write, ctf(CTF_PUPIL.replace("<Address>", f"{needs}<Address>", 1)))
        assert Pupil.objects.get().supported_to_25
        Pupil.objects.update(supported_to_25=False)
        import_ctf(write, ctf(CTF_PUPIL.replace("<Address>", f"{needs}<Address>", 1)))
        assert not Pupil.objects.get().supported_to_25

    def test_a_later_file_replaces_them(self, schools, write):
        import_ctf(write, ctf())
        import_ctf(write, ctf().replace("Ali", "Aliya"))
        names = RollContact.objects.order_by("place").values_list("name", flat=True)
        assert list(names) == ["Aliya Khan", "Granny Ogden"]

    def test_one_with_the_parent_alone_leaves_no_other_contact(self, schools, write):
        import_ctf(write, ctf())
        text = ctf()
        begin, end = text.index("<Contact><Order>2"), text.index("<Contact><Order>1")
        last = text.index("<Contact><Order>3")
        import_ctf(write, text[:begin] + text[end:last] + text[text.index("</Contacts>") :])
        assert not RollContact.objects.exists()

    def test_who_came_from_another_record_of_the_child_stays_on_record(
        self, schools, officer, write
    ):
        import_ctf(write, ctf())
        pupil = Pupil.objects.get()
        gone = Pupil.objects.create(
            surname="Barlow",
            forename="Ella",
            surname_folded="barlow",
            forename_folded="ella",
            born=pupil.born,
            school=pupil.school,
            parent_name="Cy Barlow",
        )
        merge = PupilMerge.objects.create(
            gone=gone, kept=pupil, reason="x", at=NOON, by=officer, last_decision=0
        )
        RollContact.objects.create(pupil=pupil, place=3, name="Cy Barlow", merge=merge)
        import_ctf(write, ctf().replace("Ali", "Aliya"))
        names = RollContact.objects.order_by("place").values_list("name", flat=True)
        assert list(names) == ["Cy Barlow", "Aliya Khan", "Granny Ogden"]

    def test_what_a_file_says_nothing_of_stays_as_it_is(self, schools, write):
        import_ctf(write, ctf())
        text = ctf()
        text = text[: text.index("<Address>")] + text[text.index("</Pupil>") :]
        done = import_ctf(write, text.replace("Ella", "Ellen"))
        assert done.updated == 1
        pupil = Pupil.objects.get()
        assert (pupil.forename, pupil.address, pupil.parent_name) == (
            "Ellen", "12, Mill Lane, Wigan", "Ben Barlow",
        )  # fmt: skip
        assert RollContact.objects.count() == 2

    def test_only_checked_it_stores_nothing(self, schools, write):
        import_ctf(write, ctf(), check_only=True)
        assert not Pupil.objects.exists()
        assert not RollContact.objects.exists()

    def test_the_older_name_of_the_column_will_do(self, schools, write):
        import_ctf(write, ctf().replace("Sex>", "Gender>"))
        assert Pupil.objects.get().sex == "F"

    def test_in_a_file_between_schools_the_pupil_is_at_the_one_it_goes_to(self, schools, write):
        import_ctf(write, ctf(to="4002"))
        assert Pupil.objects.get().school.urn == "990002"
        done = import_ctf(write, ctf(source="4001", to="LLLL"))
        assert done.moved == 1

    def test_faults_name_the_files_own_lines(self, schools, write):
        text = ctf(CTF_PUPIL + CTF_PUPIL.replace(UPN, "X000").replace(TWIN, ""))
        line = 1 + next(
            at for at, each in enumerate(text.split("\n")) if "<Pupil>" in each and at > 20
        )
        (fault,) = faults_of(write, text)
        assert fault == (f"x.xml: line {line}, column \"UPN\": 'X000' is not a valid UPN.")

    def test_one_long_line_is_read_too(self, schools, write):
        import_ctf(write, one_line(ctf()))
        assert Pupil.objects.get().forename == "Ella"

    def test_faults_in_one_long_line_name_the_pupil(self, schools, write):
        other = CTF_PUPIL.replace(TWIN, "").replace("2012-05-05", "5 May")
        number = "H359400010001"
        text = ctf(CTF_PUPIL + other.replace(UPN, number) + other.replace(UPN, ""))
        faults = " ".join(faults_of(write, one_line(text)))
        assert f"pupil 2 of the file (UPN {number}): '5 May' is not a date" in faults
        assert "pupil 3: is empty" in faults
        assert "line" not in faults
        twice = " ".join(faults_of(write, one_line(ctf(CTF_PUPIL + CTF_PUPIL.replace(TWIN, "")))))
        assert f"pupil 2 of the file (UPN {UPN}): this pupil is also in pupil 1" in twice

    def test_xml_cut_off_says_where(self, schools, write):
        (fault,) = faults_of(write, one_line(ctf())[:-9])
        assert "this XML file is not complete (at its character" in fault

    @pytest.mark.parametrize(
        "encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "windows-1252", "iso-8859-2"]
    )
    def test_any_encoding_that_xml_knows_will_do(self, schools, write, encoding):
        declared = {"utf-8-sig": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}
        text = ctf().replace("UTF-8", declared.get(encoding, encoding)).replace("Ella", "Zoë")
        import_ctf(write, text.encode(encoding))
        assert Pupil.objects.get().forename == "Zoë"

    @pytest.mark.parametrize("prefix", ["", "c"])
    def test_namespaces_make_no_difference(self, schools, write, prefix):
        space = f' xmlns{":" if prefix else ""}{prefix}="http://example.org/ctf"'
        text = ctf().replace("<CTfile>", f"<CTfile{space}>")
        if prefix:
            text = re.sub(r"<(/?)(?=[A-Za-z])", rf"<\1{prefix}:", text)
        import_ctf(write, text)
        pupil = Pupil.objects.get()
        assert (pupil.address, pupil.parent_name) == ("12, Mill Lane, Wigan", "Ben Barlow")

    def test_a_file_with_a_namespace_as_a_system_wrote_it(self, schools):
        path = DATA / "awkward" / "ctf-namespace.xml"
        assert import_roll(path, name="x.xml", by=None, at=NOON).added == 1
        assert Pupil.objects.get().surname == "Ns"

    def test_a_pupil_elsewhere_in_the_file_is_no_pupil(self, schools, write):
        inside = CTF_PUPIL.replace(
            "</Pupil>", "<Siblings><Pupil><UPN>X</UPN></Pupil></Siblings></Pupil>"
        )
        assert import_ctf(write, ctf(inside)).added == 1
        outside = ctf().replace("</CTfile>", f"<Other>{CTF_PUPIL}</Other></CTfile>")
        assert "there is a <Pupil> under <Other>" in faults_of(write, outside)[0]

    def test_former_numbers_come_in_lists_too(self, schools, write):
        more = f"<FormerUPNs><FormerUPN>{TWIN}</FormerUPN><FormerUPN>H359400010001</FormerUPN></FormerUPNs>"
        import_ctf(write, ctf().replace(f"<FormerUPN>{TWIN}</FormerUPN>", more))
        assert set(PupilUpn.objects.filter(present=False).values_list("upn", flat=True)) == {
            TWIN, "H359400010001",
        }  # fmt: skip

    def test_the_language_of_the_home_is_taken(self, schools, write):
        first = "<Type><LanguageType>F</LanguageType><Language>ENG</Language></Type>"
        import_ctf(write, ctf().replace("<Languages>", f"<Languages>{first}"))
        assert Pupil.objects.get().home_language == "POL"

    def test_a_school_that_is_not_known_is_a_fault_that_says_what_to_do(self, schools, write):
        (fault,) = faults_of(write, ctf(source="4999"))
        assert "LAESTAB 3594999" in fault
        assert "Import schools from GIAS" in fault

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("<CTfile><Header>", "this XML file is not complete"),
            ("<roll><Pupil/></roll>", "is not a CTF. It has no <Header>"),
            ("<roll></roll>", "It has no <Header>"),
            (ctf(before='<!DOCTYPE CTfile [<!ENTITY a "Barlow">]>'), "DOCTYPE"),
            (ctf(before='<!DOCTYPE CTfile SYSTEM "file:///etc/passwd">'), "DOCTYPE"),
            (ctf(pupils=""), "the file has no <Pupil>"),
            (ctf(source="XXXX", to="YYYY"), "does not name a school"),
            (ctf(source="LLLL", to="LLLL"), "does not name a school"),
        ],
    )  # fmt: skip
    def test_what_is_no_ctf_says_why(self, schools, write, text, says):
        assert says in " ".join(faults_of(write, text))

    @pytest.mark.parametrize("form", [str, one_line])
    def test_a_name_that_was_garbled_is_not_taken(self, schools, write, form):
        (fault,) = faults_of(write, form(ctf().replace("Mill Lane", "CafÃ© Lane")))
        assert "CafÃ© Lane, Wigan' was saved in one encoding and opened in another" in fault
        assert (f"pupil 1 of the file (UPN {UPN})" in fault) is (form is one_line)
        assert not Pupil.objects.exists()

    def test_an_empty_contact_is_nobody_to_tell(self, schools, write):
        nobody = "<Contact><Order>4</Order><Responsibility>true</Responsibility></Contact>"
        import_ctf(write, ctf().replace("</Contacts>", f"{nobody}</Contacts>"))
        names = [contact.name for contact in RollContact.objects.order_by("place")]
        assert names == ["Ali Khan", "Granny Ogden"]

    def test_entities_grow_into_nothing(self, schools, write):
        bomb = '<!DOCTYPE z [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        assert "DOCTYPE" in faults_of(write, ctf(before=bomb).replace("Barlow", "&b;"))[0]

    def test_the_command_takes_it(self, schools, write):
        done = run("roll", "import", write(ctf(), "3594001_CTF_359LLLL_001.xml"))
        assert done.code == 0
        assert "1 pupils read: 1 added" in done.out


class TestGias:
    def take(self, write, *rows, authority="359", **more):
        return import_schools(
            write(gias(*rows), "g.csv"), name="g.csv", authority=authority, by=None, at=NOON, **more
        )

    def test_the_authoritys_open_schools_are_added_with_their_numbers(self, policy, write):
        done = self.take(
            write, gias_row(name="St. Clement’s"), gias_row("990002", "82", la="888"),
            gias_row("990003", "4003", status="2", closed="31-08-2020"),
        )  # fmt: skip
        assert (done.rows, done.added, done.closed) == (2, 1, 1)
        one = School.objects.get()
        assert (one.urn, one.laestab, one.name) == ("990001", "3594001", "St. Clement’s")

    def test_a_known_school_is_renamed_and_closed(self, policy, write):
        School.objects.create(urn="990001", name="Old name")
        self.take(write, gias_row(status="2", closed="31-08-2026"))
        one = School.objects.get()
        assert (one.name, str(one.closed_on)) == ("Example High School", "2026-08-31")
        assert self.take(write, gias_row(status="2", closed="31-08-2026")).unchanged == 1

    def test_a_number_passes_to_the_academy_that_follows(self, policy, write):
        self.take(write, gias_row())
        done = self.take(
            write,
            gias_row("990009", name="Example Academy"),
            gias_row(status="2", closed="31-08-2026"),
        )
        assert (done.added, done.updated) == (1, 1)
        assert School.objects.get(laestab="3594001").urn == "990009"

    def test_only_checked_it_stores_nothing(self, policy, write):
        before = Entry.objects.count()
        assert self.take(write, gias_row(), check_only=True).added == 1
        assert not School.objects.exists()
        assert Entry.objects.count() == before

    @pytest.mark.parametrize(
        ("code", "kind", "unit"),
        [
            ("14", "Pupil referral unit", True), ("", "Pupil Referral Unit", True), ("14.0", "", True),
            ("42", "Academy alternative provision converter", False), ("01", "Community school", False),
        ],
    )  # fmt: skip
    def test_pupil_referral_units_are_marked_by_their_type(self, policy, write, code, kind, unit):
        """C9: an academy for alternative provision has a trust that is responsible."""
        self.take_types(write, (code, kind))
        assert School.objects.get().pupil_referral_unit is unit

    def test_a_known_school_becomes_one_and_a_file_without_types_changes_nothing(
        self, policy, write
    ):
        School.objects.create(urn="990001", name="Example High School", laestab="3594001")
        done = self.take_types(write, ("14", "Pupil referral unit"))
        assert done.changes == ["Example High School (URN 990001): Is now a pupil referral unit."]
        assert self.take(write, gias_row()).unchanged == 1
        assert self.take_types(write, ("", "")).unchanged == 1
        assert School.objects.get().pupil_referral_unit
        done = self.take_types(write, ("28", "Academy sponsor led"))
        assert done.changes == [
            "Example High School (URN 990001): Is no longer a pupil referral unit."
        ]
        assert not School.objects.get().pupil_referral_unit

    def take_types(self, write, kind):
        code, name = kind
        head = f'{GIAS_HEAD},"TypeOfEstablishment (code)","TypeOfEstablishment (name)"'
        row = f'{gias_row()},"{code}","{name}"'
        return import_schools(
            write(f"{head}\r\n{row}\r\n".encode("cp1252"), "g.csv"),
            name="g.csv", authority="359", by=None, at=NOON,
        )  # fmt: skip

    def test_faults_are_named_and_nothing_is_stored(self, policy, write):
        with pytest.raises(BadInputError) as error:
            self.take(
                write,
                gias_row("99"),
                gias_row("990002", number="40012"),
                gias_row("990003", "4003", name=""),
            )
        assert len(error.value.faults) == 3
        with pytest.raises(BadInputError, match="no school of the local authority 111"):
            self.take(write, gias_row(), authority="111")
        with pytest.raises(BadInputError, match="is missing"):
            import_schools(
                write("a,b\r\n1,2\r\n", "x.csv"), name="x", authority="359", by=None, at=NOON
            )
        assert not School.objects.exists()

    @pytest.mark.parametrize(
        ("rows", "said"),
        [
            ([gias_row(), gias_row()], 'line 3, column "URN": this school is also in an earlier'),
            ([gias_row(name="#N/A")], 'line 2, column "EstablishmentName"'),
        ],
    )
    def test_a_fault_of_a_row_names_its_place(self, policy, write, rows, said):
        with pytest.raises(BadInputError) as error:
            self.take(write, *rows)
        assert said in " ".join(error.value.sentences())
        assert not School.objects.exists()

    def test_the_command_names_first_the_schools_that_the_public_knows(self, pupil, write):
        path = write(gias(gias_row(name="Another School"), gias_row("990002", "4002")), "g.csv")
        done = run("schools", "import", path, "--authority", "359", "--check")
        lines = done.out.splitlines()
        assert lines[:4] == [
            "Nothing was imported. It would do this:",
            "Schools in use that the public would see under another name:",
            "  Example High School (URN 990001) is renamed to Another School.",
            "Every change:",
        ]
        assert "  Example High School (URN 990002) is new." in lines[4:]
        assert School.objects.get().name == "Example High School"

    def test_the_command_does_it(self, policy, write):
        path = write(gias(gias_row()), "g.csv")
        assert "1 read: 1 new" in run("schools", "import", path, "--authority", "359").out
        assert run("schools", "import", path, "--authority", "111").code == 2

    def test_one_that_is_proposed_to_open_takes_no_number_and_the_numbers_add_up(self, policy):
        School.objects.create(urn="990001", name="Old name")
        path = DATA / "awkward" / "gias-proposed-to-open.csv"
        done = import_schools(path, name="g", authority="359", by=None, at=NOON)
        assert School.objects.get(laestab="3594001").urn == "990001"
        assert not School.objects.filter(urn="990901").exists()
        assert School.objects.get(urn="990903").laestab is None
        assert done.left_out == {"not open yet": 1}
        assert done.rows == done.added + done.updated + done.unchanged + 1

    def test_one_that_opens_later_takes_none_either(self, policy, write):
        head = GIAS_HEAD.replace('"Easting"', '"OpenDate"')
        rows = [gias_row()[:-1], gias_row("990009", name="Academy")[:-1] + "01-09-2027"]
        text = "\r\n".join([head, *rows, ""])
        import_schools(write(text, "g.csv"), name="g", authority="359", by=None, at=NOON)
        assert School.objects.get(laestab="3594001").urn == "990001"

    def test_two_open_schools_with_one_number_are_a_fault_that_names_both(self, policy, write):
        with pytest.raises(BadInputError, match=r"Other \(URN 990009\) and Example High School"):
            self.take(write, gias_row(), gias_row("990009", name="Other"))
        assert not School.objects.exists()

    def test_what_the_register_leaves_open_takes_nothing_from_a_school(self, policy, write):
        self.take(write, gias_row())
        with pytest.raises(
            BadInputError, match=r"line 2.*Example High School \(URN 990001\), which"
        ):
            self.take(write, gias_row("990009", name="Partial"))
        done = self.take(write, gias_row(), gias_row("990009", name="Rejected", status="9"))
        assert done.left_out == {"neither open nor closed": 1}
        with pytest.raises(
            BadInputError, match=r'line 2, column "CloseDate": .31-02-2026. is not a date'
        ):
            self.take(write, gias_row(closed="31-02-2026"))
        assert School.objects.get(laestab="3594001").urn == "990001"

    def test_schools_in_use_that_are_renamed_are_named_first(self, pupil, write):
        done = self.take(write, gias_row(name="Another School"), check_only=True)
        assert done.renamed == ["Example High School (URN 990001) is renamed to Another School."]

    def test_a_name_garbled_in_utf_8_is_not_taken(self, policy, write):
        text = gias(gias_row(name="Cafe")).decode().replace("Cafe", "CafÃ©").encode()
        with pytest.raises(BadInputError, match="was saved in one encoding"):
            import_schools(write(text, "g.csv"), name="g", authority="359", by=None, at=NOON)

    def test_a_roll_renames_no_school(self, policy, write):
        from tests.rolls import ROLL_HEADINGS, pupil_row

        self.take(write, gias_row())
        row = pupil_row(School="My School")
        assert run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{row}", "r.csv")).code == 0
        assert School.objects.get().name == "Example High School"

    def test_a_closed_school_is_not_offered_to_parents(self, policy, write, client):
        self.take(write, gias_row(), gias_row("990002", "4002", "Closed School"))
        self.take(
            write, gias_row("990002", "4002", "Closed School", status="2", closed="31-08-2026")
        )
        for step, answers in (
            ("who", {"by": "parent"}), ("date-of-birth", {"born_0": 5, "born_1": 5, "born_2": 2012}),
            ("name", {"forename": "A", "surname": "B"}),
        ):  # fmt: skip
            client.post(f"/opt-out/about/connexions/{step}/", answers)
        page = client.get("/opt-out/about/connexions/school/").text
        assert "Example High School" in page
        assert "Closed School" not in page
