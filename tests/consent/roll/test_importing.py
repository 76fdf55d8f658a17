"""Importing the roll and decisions: all or nothing, twice is once, the pupil is followed."""

import json
import uuid
from datetime import date, timedelta

import pytest

from consent.decisions import importing as decisions_importing
from consent.decisions.importing import _overlap
from consent.models import Decision, Invalidation, Pupil, PupilUpn, Scheme, School
from consent.queries import opted_out_among, scheme_facts
from privacy_portal.ground.log.models import Entry, Head
from sharing.auditing.verifying import verify_log
from tests.commands import run
from tests.example import NOON, UPN
from tests.places import EXAMPLE
from tests.rolls import ROLL_HEADINGS, import_roll_json, pupil_row

pytestmark = pytest.mark.django_db
OPT_HEADINGS = "UPN,Scheme,Decision,By,Person,Received on,Channel,Invalid because\r\n"


def opt(choice="opt-out", on="2026-01-05", person="Ben Barlow", invalid="", upn=UPN):
    return f"{upn},connexions,{choice},parent,{person},{on},paper,{invalid}\r\n"


def opt_outs(write, *rows, options=("--json",)):
    return run("opt_outs", "import", write(OPT_HEADINGS + "".join(rows), "opt.csv"), *options)


def choices():
    return list(Decision.objects.order_by("id").values_list("choice", flat=True))


def test_the_example_twice_changes_nothing_the_second_time(example):
    size = Head.objects.get().size
    assert Pupil.objects.count() == 1500
    assert Decision.objects.count() == 425
    for command in ("roll", "opt_outs"):
        done = json.loads(run(command, "import", EXAMPLE / f"{command}.csv", "--json").out)
        assert done["added"] == 0
        assert done.get("unchanged", 1500) == 1500
    assert Head.objects.get().size == size
    verify_log(lambda entries: None)


def test_check_stores_nothing(policy):
    ran = run("roll", "import", EXAMPLE / "roll.csv", "--check")
    assert "1,500 would be added" in ran.out
    assert not Pupil.objects.exists()
    assert not School.objects.exists()


def test_a_pupil_moves_and_is_updated(policy, write):
    assert json.loads(import_roll_json(write, pupil_row()).out)["added"] == 1
    moved = json.loads(
        import_roll_json(write, pupil_row(School_URN="990002", School="Canal Side")).out
    )
    assert (moved["moved"], moved["updated"], moved["schools_added"]) == (1, 0, 1)
    updated = json.loads(
        import_roll_json(
            write, pupil_row(School_URN="990002", School="Canal Side", Surname="Müller")
        ).out
    )
    assert (updated["moved"], updated["updated"], updated["added"]) == (0, 1, 0)
    pupil = Pupil.objects.get()
    assert (pupil.surname, pupil.surname_folded, pupil.school.urn) == ("Müller", "muller", "990002")


def test_a_new_upn_follows_the_pupil_and_the_old_one_is_kept(policy, write):
    import_roll_json(write, pupil_row())
    done = json.loads(import_roll_json(write, pupil_row(UPN="B801200005001", Former_UPNs=UPN)).out)
    assert (done["added"], done["updated"]) == (0, 1)
    numbers = dict(PupilUpn.objects.values_list("upn", "present"))
    assert numbers == {UPN: False, "B801200005001": True}
    assert Pupil.objects.count() == 1
    assert (
        json.loads(import_roll_json(write, pupil_row(UPN="B801200005001", Former_UPNs=UPN)).out)[
            "unchanged"
        ]
        == 1
    )


def test_a_stale_file_does_not_bring_a_former_upn_back(policy, write):
    import_roll_json(write, pupil_row(UPN="B801200005001", Former_UPNs=UPN))
    import_roll_json(write, pupil_row(UPN=UPN))
    assert PupilUpn.objects.get(present=True).upn == "B801200005001"
    assert Pupil.objects.count() == 1


def test_twins_stay_apart(policy, write):
    import_roll_json(write, pupil_row(), pupil_row(UPN="B801200005001"))
    assert Pupil.objects.count() == 2


def test_a_row_that_would_make_one_pupil_of_two_is_a_fault_that_names_no_number(policy, write):
    import_roll_json(write, pupil_row(), pupil_row(UPN="B801200005001"))
    ran = import_roll_json(write, pupil_row(UPN="B801200005001", Former_UPNs=UPN))
    assert ran.code == 2
    assert "would merge 2 pupils" in ran.said
    assert UPN not in ran.said
    assert "B801200005001" not in ran.said


@pytest.mark.parametrize(
    ("second", "said"),
    [
        (pupil_row(UPN=UPN, Former_UPNs=""), "with a different UPN"),
        (pupil_row(UPN="J352400120009", Former_UPNs=UPN), "is also in line"),
    ],
)
def test_one_pupil_in_two_rows_is_a_fault(policy, write, second, said):
    import_roll_json(write, pupil_row(UPN="B801200005001", Former_UPNs=UPN))
    ran = import_roll_json(
        write, pupil_row(UPN="B801200005001", Former_UPNs=UPN if "J35" in second else ""), second
    )
    assert ran.code == 2
    assert said in ran.said


def test_a_column_that_is_not_in_the_file_stays_as_it_is(policy, write):
    headings = f"{ROLL_HEADINGS},Supported to 25"
    import_roll_json(write, pupil_row().strip() + ",yes\r\n", headings=headings)
    import_roll_json(write, pupil_row(Surname="Other"))
    pupil = Pupil.objects.get()
    assert pupil.supported_to_25
    import_roll_json(write, pupil_row(Surname="Other").strip() + ",maybe\r\n", headings=headings)
    done = import_roll_json(
        write, f"{UPN},Other,Ella,05/05/2012,990001,Example High School\r\n",
        headings="UPN,Surname,Forename,DOB,School URN,School",
    )  # fmt: skip
    assert json.loads(done.out)["unchanged"] == 1
    pupil.refresh_from_db()
    assert pupil.parent_name == "Ben Barlow"


def test_columns_not_known_are_named_and_not_used(policy, write):
    ran = import_roll_json(
        write, pupil_row().strip() + ",x\r\n", headings=f"{ROLL_HEADINGS},Shoe size"
    )
    assert ran.code == 0
    assert "Columns we will ignore: 'Shoe size'." in ran.said


@pytest.mark.parametrize("missing", ["UPN", "Surname", "DOB", "School URN"])
def test_a_missing_column_is_named(policy, write, missing):
    headings = ROLL_HEADINGS.replace(f"{missing},", "X,", 1)
    ran = import_roll_json(write, pupil_row(), headings=headings)
    assert ran.code == 2
    assert f"line 1: the column '{missing}' is missing" in ran.said


def test_a_decision_for_an_unknown_pupil_is_a_fault_and_nothing_is_stored(pupil, write):
    ran = opt_outs(write, opt(), opt(upn="B801200005001"))
    assert ran.code == 2
    assert 'line 3, column "UPN": no pupil has or had the UPN' in ran.said
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (opt(choice="maybe"), "column \"Decision\": 'maybe' must be one of: opt-out, opt-in"),
        (opt(on="31/02/2026"), "column \"Received on\": '31/02/2026' is not a date"),
        (opt(person=" "), 'column "Person": is empty'),
        (opt().replace("connexions", "conexions"), "'conexions' is not an opt-out"),
        (opt().replace("paper", "pigeon"), "column \"Channel\": 'pigeon' must be one of"),
        (opt(upn="X1"), "column \"UPN\": 'X1' is not a valid UPN"),
        (opt(person="B" * 201), 'column "Person": is longer than 200 characters'),
        (opt(person="#N/A"), 'column "Person"'),
        (opt(invalid="x" * 501), 'column "Invalid because": is longer than 500 characters'),
    ],
)
def test_faults_of_a_decision_name_line_and_column(pupil, write, row, said):
    ran = opt_outs(write, row)
    assert ran.code == 2
    assert "line 2" in ran.said
    assert said in ran.said
    assert not Decision.objects.exists()


def test_a_long_import_of_decisions_says_how_far_it_is(pupil, write, monkeypatch):
    monkeypatch.setattr(decisions_importing, "BATCH", 2)
    ran = opt_outs(write, *[opt(person=f"Parent {number}") for number in ("A", "B", "C")])
    assert "2 rows read" in ran.said
    assert json.loads(ran.out)["added"] == 3


def test_a_file_of_headings_alone_has_nothing_to_import(pupil, write):
    ran = opt_outs(write)
    assert ran.code == 2
    assert "the file has headings but no rows" in ran.said


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (pupil_row(Forename="#N/A"), 'column "Forename"'),
        (pupil_row(DOB=""), 'column "DOB": is empty'),
        (pupil_row(Forename="..."), "Enter the first name, or “-” if there is none"),
        (pupil_row(Former_UPNs="X1"), 'column "Former UPNs"'),
        (pupil_row(Address="A" * 700), "characters"),
        (pupil_row(**{"School URN": "99"}), "'99' is not a valid URN. It must be 6 digits"),
        (
            pupil_row() + pupil_row(UPN="B801200005001", School="Another name"),
            "URN 990001 is 'Example High School' in an earlier row",
        ),
    ],
)
def test_faults_of_a_pupil_name_line_and_column(policy, write, row, said):
    ran = import_roll_json(write, row)
    assert ran.code == 2
    assert said in ran.said
    assert not Pupil.objects.exists()


def test_what_is_written_in_another_way_is_no_fault(policy, write):
    """One school in capitals, a pupil without a first name, and a row that lists its own UPN."""
    rows = [
        pupil_row(Former_UPNs=f"{UPN}; {OTHER}, {OTHER}", Forename="-"),
        pupil_row(UPN=THIRD, School="EXAMPLE  HIGH school"),
    ]
    done = json.loads(import_roll_json(write, *rows).out)
    assert (done["added"], done["schools_added"]) == (2, 1)
    assert School.objects.get().name == "Example High School"
    pupil = Pupil.objects.get(upns__upn=UPN)
    assert pupil.forename == "-"
    assert dict(pupil.upns.values_list("upn", "present")) == {UPN: True, OTHER: False}


def test_a_decision_is_logged_by_reference_only(pupil, write):
    """L4"""
    opt_outs(write, opt())
    body = json.loads(bytes(Entry.objects.latest("seq").body))
    assert body["event"] == "decision-recorded"
    assert body["person"] == str(pupil.reference)
    assert "Barlow" not in json.dumps(body)


@pytest.mark.parametrize(
    ("known", "offered", "overlap"),
    [
        ("", "o", (0, 0)), ("o", "o", (0, 1)), ("o", "oi", (0, 1)), ("oi", "o", (0, 1)),
        ("oi", "i", (1, 1)), ("o", "io", (1, 0)), ("oio", "io", (1, 2)), ("io", "oi", (1, 1)),
    ],
)  # fmt: skip
def test_what_of_a_sequence_is_known(known, offered, overlap):
    as_pairs = [[(letter, "paper") for letter in text] for text in (known, offered)]
    assert _overlap(*as_pairs) == overlap


def test_a_day_of_several_decisions_keeps_the_last_word_of_the_file(pupil, write):
    opt_outs(write, opt())
    assert choices() == ["opt-out"]
    opt_outs(write, opt("opt-in"), opt())
    assert choices() == ["opt-out", "opt-in", "opt-out"]
    opt_outs(write, opt("opt-in"), opt())
    assert choices() == ["opt-out", "opt-in", "opt-out"]


def test_the_same_row_twice_in_a_file_is_two_decisions(pupil, write):
    assert json.loads(opt_outs(write, opt(), opt("opt-in"), opt()).out)["added"] == 3
    assert json.loads(opt_outs(write, opt(), opt("opt-in"), opt()).out)["added"] == 0


def test_a_decision_found_invalid_later_is_marked_and_kept(pupil, write):
    opt_outs(write, opt())
    done = json.loads(opt_outs(write, opt(invalid="keyed for the wrong pupil")).out)
    assert (done["added"], done["invalid"]) == (0, 1)
    assert json.loads(opt_outs(write, opt(invalid="keyed for the wrong pupil")).out)["invalid"] == 0
    assert Invalidation.objects.get().decision == Decision.objects.get()
    assert json.loads(opt_outs(write, opt()).out) == {
        "checked_only": False, "rows": 1, "added": 0, "known": 1, "invalid": 0,
    }  # fmt: skip


def test_decisions_are_checked_without_storing_any(pupil, write):
    rows, check = (opt(), opt(on="2026-01-06", invalid="keyed twice")), ("--check", "--json")
    size = Head.objects.get().size
    assert json.loads(opt_outs(write, *rows, options=check).out) == {
        "checked_only": True, "rows": 2, "added": 2, "known": 0, "invalid": 1,
    }  # fmt: skip
    assert "2 would be added" in opt_outs(write, *rows, options=check[:1]).out
    assert opt_outs(write, opt(upn="D359592506664"), options=check).code == 2
    assert not Decision.objects.exists()
    assert Head.objects.get().size == size


def test_windows_text_and_british_dates(policy, write):
    row = pupil_row(Surname="Müller", DOB="05/05/2012").encode("cp1252")
    ran = run("roll", "import", write(ROLL_HEADINGS.encode() + b"\r\n" + row, "roll.csv"))
    assert ran.code == 0
    pupil = Pupil.objects.get()
    assert (pupil.surname, pupil.born) == ("Müller", date(2012, 5, 5))


OTHER, THIRD = "B801200005001", "J352400120009"


@pytest.mark.parametrize("size", [1, 10])
@pytest.mark.parametrize(
    ("rows", "line", "other"),
    [
        ([pupil_row(), pupil_row(UPN=OTHER, Former_UPNs=UPN)], 3, 2),
        ([pupil_row(UPN=OTHER, Former_UPNs=UPN), pupil_row()], 2, 3),
        ([pupil_row(UPN=OTHER, Former_UPNs=UPN), pupil_row(UPN=THIRD, Former_UPNs=UPN)], 3, 2),
    ],
)
def test_a_former_upn_in_two_rows_of_new_pupils_is_a_fault_in_whatever_batch(
    policy, write, monkeypatch, rows, line, other, size
):
    monkeypatch.setattr("consent.roll.importing.BATCH_ROWS", size)
    ran = import_roll_json(write, *rows)
    assert ran.code == 2
    assert f'line {line}, column "Former UPNs": one of them is also in line {other}.' in ran.said
    assert not Pupil.objects.exists()


def test_faults_of_cells_and_against_the_roll_are_listed_together(policy, write, monkeypatch):
    monkeypatch.setattr("consent.roll.importing.BATCH_ROWS", 1)
    import_roll_json(write, pupil_row(), pupil_row(UPN=OTHER))
    ran = import_roll_json(
        write,
        pupil_row(UPN=THIRD, DOB="31/02/2012", School_URN="99"),
        pupil_row(UPN=OTHER, Former_UPNs=UPN),
        pupil_row(School="Another School"),
    )
    assert ran.code == 2
    assert "line 2, column \"DOB\": '31/02/2012' is not a date" in ran.said
    assert "line 2, column \"School URN\": '99' is not a valid URN" in ran.said
    assert 'line 3, column "UPN": this row would merge 2 pupils' in ran.said
    assert "is 'Example High School' in an earlier row" in ran.said
    assert Pupil.objects.count() == 2


def test_new_and_known_pupils_in_one_file(policy, write, monkeypatch):
    monkeypatch.setattr("consent.roll.importing.BATCH_ROWS", 2)
    import_roll_json(write, pupil_row())
    done = json.loads(
        import_roll_json(
            write,
            pupil_row(UPN=OTHER, Surname="O\\Neill"),
            pupil_row(Address="1 Mill Lane\n\tWigan"),
            pupil_row(UPN=THIRD, School_URN="990002", School="Canal Side"),
        ).out
    )
    counts = {key: done[key] for key in ("rows", "added", "updated", "moved", "schools_added")}
    assert counts == {"rows": 3, "added": 2, "updated": 1, "moved": 0, "schools_added": 1}
    assert Pupil.objects.get(upns__upn=OTHER).surname == "O\\Neill"
    assert Pupil.objects.get(upns__upn=UPN).address == "1 Mill Lane\n\tWigan"


def test_the_next_pupil_after_an_import_has_a_number_of_their_own(policy, write):
    import_roll_json(write, pupil_row(), pupil_row(UPN=OTHER))
    last = Pupil.objects.latest("id")
    last.pk, last.reference = None, uuid.uuid4()
    last.save()
    import_roll_json(write, pupil_row(UPN=THIRD))
    assert Pupil.objects.count() == 4


def test_one_parent_however_spelt_takes_back_their_own_opt_out(pupil, write):
    """Also against a row that was stored when only case and spaces were left out (C3)."""
    Decision.objects.create(
        pupil=pupil, scheme=Scheme.objects.get(code="connexions"), choice="opt-out", by="parent",
        person_name="Siân O'Neill-Roe", person_key="siâno'neill-roe", channel="paper",
        received_at=NOON - timedelta(days=300), recorded_at=NOON, import_key="x" * 64,
    )  # fmt: skip
    row = opt("opt-in", on="2026-03-05", person="SIAN O’NEILL – ROE")
    scheme = Scheme.objects.get(code="connexions")

    def is_out():
        return opted_out_among(scheme, scheme_facts(scheme), [pupil.pk], NOON)[pupil.pk]

    assert is_out()
    assert opt_outs(write, row).code == 0
    assert not is_out()
    again = json.loads(opt_outs(write, row.replace("’", "'").replace("–", "-")).out)
    assert (again["added"], Decision.objects.count()) == (0, 2)


def test_marks_name_nobody_void_nothing_and_days_before_birth_are_none(pupil, write):
    done = opt_outs(
        write, opt(person="-"), opt(person="unknown"), opt(invalid="-"), opt(invalid="no"),
        opt(on="0211-01-05"),
    )  # fmt: skip
    assert done.code == 2
    for line in (2, 3):
        assert f'line {line}, column "Person"' in done.said
    for line in (4, 5):
        assert f'line {line}, column "Invalid because"' in done.said
    assert not Decision.objects.exists()
    late = opt_outs(write, opt(on="0211-01-05"))
    assert 'line 2, column "Received on": 5 January 211 is before the pupil was born' in late.said
