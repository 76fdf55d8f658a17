"""The profile of an agreement: zeros that are hidden (S5), contributors who know their own counts (S2)."""

import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import IntegrityError, transaction

from sharing.models import AgreementVersion, CountsRelease
from tests.commands import run
from tests.sharing.statistics.counts_desk import TABLE, check, hand_over

WITH_ZERO = "School,Girls,Boys,Total\nA,0,12,12\nB,20,8,28\nTotal,20,20,40\n"


@pytest.fixture
def agreed(policy, tmp_path):
    """Import a new version of the agreement with these terms."""

    def agree(**terms):
        out = tmp_path / "policy.json"
        call_command("policy", "export", str(out), stdout=io.StringIO())
        document = json.loads(out.read_text())
        newest = [one for one in document["agreements"] if one["reference"] == "WIG-PH-STATS"][-1]
        document["agreements"].append({**newest, "version": newest["version"] + 1, **terms})
        out.write_text(json.dumps(document))
        return run("policy", "import", out), out

    return agree


def checked(path, *more):
    return run("statistics", "check", path, "--agreement", "WIG-PH-STATS", *more)


@pytest.mark.django_db
class TestZeros:
    def test_a_zero_is_hidden_like_a_small_count(self, agreed, write):
        path = write(WITH_ZERO, "t.csv")
        assert checked(path).out.splitlines()[1] == "A,0,12,12"
        imported, _ = agreed(statistics_zeros="hide")
        assert imported.code == 0
        done = checked(path)
        assert done.out.splitlines() == [
            "School,Girls,Boys,Total", "A,c,c,12", "B,c,c,28", "Total,20,20,40",
        ]  # fmt: skip
        assert "1 number from 0 to 4 is hidden, and 3 larger ones" in done.said
        document = json.loads(checked(path, "--json").out)
        assert document["zeros_hidden"] is True

    def test_a_line_of_nobody_cannot_be_worked_out_either(self, agreed, write):
        agreed(statistics_zeros="hide")
        path = write("School,Pupils\nA,12\nB,0\nC,9\nTotal,21\n", "t.csv")
        rows = checked(path).out.splitlines()
        assert rows[2] == "B,c"
        assert sum(row.endswith(",c") for row in rows) >= 2

    def test_the_term_goes_out_and_in_with_the_policy(self, agreed):
        _, out = agreed(statistics_zeros="hide", statistics_contributors="protect")
        call_command("policy", "export", str(out), stdout=io.StringIO())
        mine = [
            one
            for one in json.loads(out.read_text())["agreements"]
            if one["reference"] == "WIG-PH-STATS"
        ]
        assert "statistics_zeros" not in mine[0]
        assert (mine[-1]["statistics_zeros"], mine[-1]["statistics_contributors"]) == (
            "hide",
            "protect",
        )
        assert run("policy", "import", out).code == 0

    def test_a_method_that_hides_nothing_hides_no_zeros(self, agreed):
        imported, _ = agreed(statistics_profile="ncmp-2020", statistics_zeros="hide")
        assert imported.code == 2
        assert "ncmp-2020 hides nothing" in imported.said
        draft = AgreementVersion.objects.first()
        draft.pk, draft.number, draft.signed_on = None, 99, None
        draft.statistics_profile, draft.statistics_zeros = "ncmp-2020", "hide"
        with pytest.raises(IntegrityError), transaction.atomic():
            draft.save()


@pytest.mark.django_db
class TestContributors:
    def test_with_two_schools_neither_can_subtract_its_own(self, agreed, write):
        path = write(TABLE, "t.csv")
        agreed(statistics_contributors="protect")
        rows = checked(path, "--contributors", "rows").out.splitlines()
        assert "c" in rows[-1].split(",")[1:3]
        columns = checked(path, "--contributors", "columns").out.splitlines()
        assert "c" in [row.split(",")[-1] for row in columns[1:3]]
        nobody = checked(path, "--contributors", "nobody").out.splitlines()
        assert nobody[1:] == ["A,c,c,15", "B,c,c,28", "Total,23,20,43"]

    def test_where_they_stand_must_be_said(self, agreed, write):
        agreed(statistics_contributors="protect")
        done = checked(write(TABLE, "t.csv"))
        assert done.code == 2
        assert "say whether they are in the rows" in done.said.casefold()

    def test_the_desk_asks_and_decides_the_same_at_the_hand_over(self, agreed, client, officer):
        agreed(statistics_contributors="protect")
        client.force_login(officer)
        asked = check(client)
        assert asked.status_code == 422
        assert "Select where schools and others are in the table" in asked.text
        url = check(client, contributors="rows").url
        assert "Protected against who knows their own" in client.get(url).text
        assert hand_over(client, url).splitlines()[-1].count("c") >= 1
        assert CountsRelease.objects.get().decision["contributors"] == "rows"

    def test_without_the_term_nobody_is_asked(self, policy, client, officer):
        client.force_login(officer)
        file = SimpleUploadedFile("t.csv", TABLE.encode())
        answers = {"agreement": "WIG-PH-STATS", "file": file}
        assert client.post("/staff/statistics/new/", answers).status_code == 302
