"""Tables of counts: what is hidden, what nobody can work out, what is refused (S0, S1, S2, S3)."""

import io
import json

import pytest
from django.core.management import call_command

from sharing.statistics import tables
from tests.commands import run

NCMP_NOTE = (
    '"Note: 5 means a number from 1 to 7. All other numbers are rounded to the nearest 5. Totals '
    'are rounded too, so they may differ from the sum of the numbers shown."'
)


@pytest.fixture
def table(write):
    return write("School,Girls,Boys,Total\nA,3,12,15\nB,20,8,28\nTotal,23,20,43\n", "t.csv")


@pytest.mark.django_db
class TestTheCommand:
    def check(self, path, *more, agreement="WIG-PH-STATS"):
        return run("statistics", "check", path, "--agreement", agreement, *more)

    def test_it_writes_the_safe_table_in_the_same_layout(self, policy, table, tmp_path):
        out = tmp_path / "safe.csv"
        done = self.check(table, "--out", out)
        assert done.code == 0
        assert out.read_text().splitlines() == [
            "School,Girls,Boys,Total", "A,c,c,15", "B,c,c,28", "Total,23,20,43",
        ]  # fmt: skip
        assert "1 number from 1 to 4 is hidden, and 3 larger ones" in done.said
        assert self.check(table).out.splitlines()[1] == "A,c,c,15"

    def test_json_says_all_of_it(self, policy, table):
        document = json.loads(self.check(table, "--json").out)
        assert document["outcome"] == "reduced"
        assert document["profile"] == "hide-below-threshold"
        assert document["threshold"] == 5
        assert document["hidden"] == {"small": 1, "further": 3}
        assert document["table"][1] == ["A", "c", "c", "15"]
        assert document["notice"] == "pupils/3"

    @pytest.mark.parametrize("place", ["first", "middle", "last"])
    def test_totals_may_stand_anywhere(self, policy, write, place):
        lines = [["A", 3, 12], ["B", 20, 8]]
        at = {"first": 0, "middle": 1, "last": 2}[place]
        lines.insert(at, ["total", 23, 20])
        for line in lines:
            line.insert(1 + at, sum(line[1:]))
        heading = ["School", "Girls", "Boys"]
        heading.insert(1 + at, "TOTAL")
        path = write("\n".join(",".join(map(str, line)) for line in [heading, *lines]), "t.csv")
        rows = json.loads(self.check(path, "--json").out)["table"]
        assert rows[0][1 + at] == "TOTAL"
        assert rows[1 + at][0] == "total"
        assert rows[1 + at][1 + at] == "43"

    @pytest.mark.parametrize(
        "content",
        [
            "School,UPN,Total\nA,1,1\n",
            "Surname,Girls\nBarlow,1\n",
            "Pupils,Girls\nP207000016049,9\n",
            "School,Sex,Height\nA,F,132\nA,M,140\n",
        ],
    )
    def test_a_row_for_each_person_is_refused(self, policy, write, content):
        done = self.check(write(content, "t.csv"), "--json")
        assert done.code == 3
        assert json.loads(done.out)["reasons"] == ["form-mismatch"]
        assert json.loads(done.out)["table"] is None
        assert "(S3)" in done.said

    @pytest.mark.parametrize(
        ("agreement", "reason"),
        [("NONE", "no-agreement"), ("WIG-PCT-STATS", "expired"), ("WIG-FFT", "not-aggregate")],
    )
    def test_what_the_agreement_forbids_is_refused(
        self, policy, table, agreement, reason, tmp_path
    ):
        out = tmp_path / "safe.csv"
        done = self.check(table, "--json", "--out", out, agreement=agreement)
        assert done.code == 3
        assert reason in json.loads(done.out)["reasons"]
        assert not out.exists()

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            ("School,Girls\nA,c\n", "line 2, column \"Girls\": 'c' is not a whole number"),
            ("School,Girls\nA,\n", "the number is missing. Use 0"),
            ("School,Girls\nA,-3\n", "is not a whole number"),
            ("School,Girls\nA,3\nA,4\n", "the label 'A' is also on line 2"),
            ("School,Girls,Total\nA,3,4\n", "the total is 4, but the numbers add up to 3"),
            ("School,Girls\nA,3\nTotal,4\n", 'line 3, column "Girls": the total is 4'),
            ("School,Girls\n,3\n", "add a label to this row"),
            ("School,Total\nA,3\n", "there are only totals"),
            ("School\nA\n", "there is only one column"),
            ("School,Girls\n", "headings but no rows"),
            ("School,Girls\nA,1.5\n", "'1.5' is not a whole number"),
            ('School,Girls\nA,"1,5"\n', "'1,5' is not a whole number"),
            (
                "School,Girls\nA,<5\n",
                "'<5' is not a whole number. Upload numbers that are not hidden",
            ),
            (
                "School,Girls\nA,*\n",
                "'*' is not a whole number. Upload numbers that are not hidden",
            ),
            ("School,Girls\nA,50%\n", "'50%' is not a whole number"),
            ("School,Girls,\nA,3,4\n", "line 1, column 3: add a heading to this column"),
            ("School,Girls,% of all\nA,3,4\n", "worked out from percentages, averages and rates"),
            ("School,Girls\nA,3\nAverage,3\n", "line 3, column 1: hidden numbers"),
            (
                "School,Sex,Count\nA,F,132\nA,M,140\n",
                'line 1, column "Sex": the column has words and no numbers',
            ),
            (
                "School,Girls,Boys\nA,3,9\nB,8,7\nPrimary subtotal,11,15\nE,4,4\nF,5,5\n",
                'line 4, column "Boys": the total is 15, but the numbers add up to 16',
            ),
            ("School,Girls\nA,3\nAll schools,4\n", 'column "Girls": the total is 4'),
        ],
    )
    def test_a_faulty_table_is_said_with_its_place(self, policy, write, content, said):
        done = self.check(write(content, "t.csv"))
        assert done.code == 2
        assert said in done.said

    def test_the_day_and_the_purpose_can_be_named(self, policy, table):
        done = self.check(table, "--on", "2010-01-01", agreement="WIG-PCT-STATS")
        assert done.code == 0, done.said
        refused = self.check(table, "--purpose", "careers-guidance", "--json")
        assert refused.code == 3
        assert "purpose-not-covered" in json.loads(refused.out)["reasons"]

    def test_the_profile_of_the_agreement_is_used(self, policy, table, tmp_path):
        out = tmp_path / "policy.json"
        call_command("policy", "export", str(out), stdout=io.StringIO())
        document = json.loads(out.read_text())
        new = next(each for each in document["agreements"] if each["reference"] == "WIG-PH-STATS")
        new = {**new, "version": 2, "statistics_profile": "ncmp-2020"}
        document["agreements"].append(new)
        out.write_text(json.dumps(document))
        assert run("policy", "import", out).code == 0
        assert self.check(table).out.splitlines() == [
            "School,Girls,Boys,Total", "A,5,10,15", "B,20,10,30", "Total,25,20,45", "",
            NCMP_NOTE,
        ]  # fmt: skip
        said = self.check(table).said
        assert "No number is hidden. Those from 1 to 7 are shown as 5" in said


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            "School,X,Y,Z\nOne,700,300,1\nTwo,500,900,5\nThree,1200,1200,7\n",
            'line 4, column "Z": the row seems to be a total, but it says 7 where the others add up to 6',
        ),
        (
            "School,One,Two,Three\nX,700,500,1200\nY,300,900,1200\nZ,1,5,7\n",
            'line 4, column "Three": the column seems to be a total, but it says 7',
        ),
        ("School,Girls,Boys\nSt John (15),3,12\nB,20,8\n", "line 2, column 1: the label contains the number 15"),
        (
            "School,A,B,C,D\nPupils,120,90,77,60\nMeals,30,4,20,33\nReady,25,4,26,55\n",
            "line 4, column 1: the row has percentages of the numbers beside it",
        ),
        (
            "School,Pupils,Meals,Ready\nA,120,30,25\nB,90,4,4\nC,77,20,26\nD,60,33,55\n",
            'line 1, column "Ready": the column has percentages of the numbers beside it',
        ),
        ("School,Girls (23),Boys\nA,3,12\nB,20,8\n", "the label contains the number 23"),
        ("Pupils (43),Girls,Boys\nA,3,12\nB,20,8\n", "the label contains the number 43"),
        ("School,Girls,Boys\nA,3,12\nNote,see below,\n", "line 3"),
    ],
)  # fmt: skip
def test_what_may_reveal_a_hidden_number_is_refused_with_its_place(policy, write, content, said):
    done = run("statistics", "check", write(content, "t.csv"), "--agreement", "WIG-PH-STATS")
    assert done.code == 2
    assert said in done.said
    assert done.out == ""


@pytest.mark.django_db
@pytest.mark.parametrize("turned", [False, True], ids=["of rows", "of columns"])
def test_a_total_may_be_percentages_by_chance(policy, write, turned):
    """50 is half of 50 %, 40 is 16 of 40 in percent: a total is hidden as one all the same."""
    lines = [
        ("School", "A", "B", "C", "D"),
        ("Girls", 25, 16, 36, 9),
        ("Boys", 25, 24, 24, 21),
        ("Total", 50, 40, 60, 30),
    ]
    lines = list(zip(*lines, strict=True)) if turned else lines
    content = "".join(",".join(map(str, line)) + "\n" for line in lines)
    done = run("statistics", "check", write(content, "t.csv"), "--agreement", "WIG-PH-STATS")
    assert done.code == 0, done.said
    assert done.out.splitlines() == content.splitlines()


@pytest.mark.django_db
def test_of_a_long_total_that_only_the_numbers_show_two_lines_are_named(policy, write):
    lines = "A,31,12\nB,20,87\nC,44,45\nD,55,57\nEverybody,150,201\n"
    table = write(f"School,Girls,Boys\n{lines}", "t.csv")
    done = run("statistics", "check", table, "--agreement", "WIG-PH-STATS")
    assert done.code == 0, done.said
    assert "The row 'Everybody' equals the sum of 'A', 'B' and 2 more in every cell" in done.said


@pytest.mark.django_db
def test_a_table_that_is_too_large_is_refused(policy, table, write, monkeypatch):
    monkeypatch.setattr(tables, "MAX_PLACES", 8)
    done = run("statistics", "check", table, "--agreement", "WIG-PH-STATS")
    assert (done.code, "more than 8 numbers" in done.said) == (2, True)
    monkeypatch.setattr(tables, "MAX_PLACES", 100)
    monkeypatch.setattr(tables, "MAX_LINKED_PLACES", 8)
    parts = write(
        "School,Girls,Boys\nA,31,12\nB,20,87\nPrimary subtotal,51,99\nC,44,45\nD,55,57\n"
        "Secondary subtotal,99,102\nTotal,150,201\n",
        "parts.csv",
    )
    done = run("statistics", "check", parts, "--agreement", "WIG-PH-STATS")
    assert (done.code, "up to 8 numbers" in done.said) == (2, True)
