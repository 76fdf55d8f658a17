"""Tables of counts say what they count, of whom and on which day; several are made safe together (S4); zeros may
be hidden (S5), and contributors who know their own counts be thought of (S2)."""

from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import Q


def _index(labels: list[str], label: str) -> int | None:
    return labels.index(label) if label in labels else None


def _sums(rows: list[list[str]], totals: list[dict[str, Any]], kind: str) -> list[Any]:
    """Return the sums of a table's lines that were kept by their labels."""
    labels = [row[0] for row in rows[1:]] if kind == "row" else rows[0][1:]
    sums = []
    for total in totals:
        if total["kind"] != kind:
            continue
        places = [
            [_index(labels, label) for label in total.get(name, [])] for name in ("of", "less")
        ]
        line = _index(labels, total["label"])
        if line is not None and places[0] and None not in (*places[0], *places[1]):
            sums.append([line, *places])
    return sums


def keep_as_tables(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Keep each table as a list of one."""
    releases = apps.get_model("sharing", "CountsRelease").objects.all()
    for release in releases.iterator():
        rows, totals = release.safe, release.decision.get("totals", [])
        release.safe = (
            [
                {
                    "name": release.name,
                    "rows": rows,
                    "row_sums": _sums(rows, totals, "row"),
                    "column_sums": _sums(rows, totals, "column"),
                }
            ]
            if rows
            else []
        )
        if release.tables is not None:
            release.tables = [{**release.tables, "name": release.name}]
        release.counted_on = release.checked_at.date()
        release.save(update_fields=["safe", "tables", "counted_on"])


class Migration(migrations.Migration):
    dependencies = [("sharing", "0012_request_index")]

    operations = [
        migrations.AddField(
            "agreementversion",
            "statistics_zeros",
            models.CharField(
                choices=[
                    ("show", "Show zeros"),
                    ("hide", "Hide zeros like numbers below the threshold"),
                ],
                db_default="show",
                default="show",
                max_length=10,
            ),
        ),
        migrations.AddField(
            "agreementversion",
            "statistics_contributors",
            models.CharField(
                choices=[
                    ("trust", "Not protected against"),
                    (
                        "protect",
                        "Protected: who knows all of their own row or column cannot work out another number",
                    ),
                ],
                db_default="trust",
                default="trust",
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            "agreementversion",
            models.CheckConstraint(
                condition=Q(statistics_zeros__in=["show", "hide"])
                & Q(statistics_contributors__in=["trust", "protect"]),
                name="agreement_zeros_and_contributors_known",
            ),
        ),
        migrations.AddConstraint(
            "agreementversion",
            models.CheckConstraint(
                condition=~Q(statistics_profile="ncmp-2020")
                | Q(statistics_zeros="show", statistics_contributors="trust"),
                name="agreement_ncmp_hides_nothing",
            ),
        ),
        migrations.AlterField(
            "countsrelease", "table", models.JSONField(db_column="table", null=True)
        ),
        migrations.RenameField("countsrelease", "table", "tables"),
        migrations.AddField(
            "countsrelease",
            "counted",
            models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AddField(
            "countsrelease",
            "counted_group",
            models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AddField("countsrelease", "counted_on", models.DateField(null=True)),
        migrations.RunPython(keep_as_tables, migrations.RunPython.noop, elidable=True),
        migrations.AddConstraint(
            "countsrelease",
            models.CheckConstraint(
                condition=~Q(state="handed-over") | (~Q(safe=[]) & Q(counted_on__isnull=False)),
                name="counts_handed_over_are_kept",
            ),
        ),
    ]
