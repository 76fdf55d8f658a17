"""Tables of counts: what is hidden, what nobody can work out, what is refused (S0, S1, S2, S3)."""

import io
import json

import pytest
from django.core.management import call_command

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
