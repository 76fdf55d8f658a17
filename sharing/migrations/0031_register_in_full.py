"""Published months say more: what was shared, under what, and whether opt-outs were applied."""

import django.contrib.postgres.fields
import django.db.models.expressions
import django.db.models.lookups
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0004_recipient_groups"),
        ("sharing", "0030_questions"),
    ]

    operations = [
        migrations.AddField(
            model_name="publishedcount",
            name="agreements",
            field=models.JSONField(
                blank=True, db_default=models.Value([], models.JSONField()), default=list
            ),
        ),
        migrations.AddField(
            model_name="publishedcount",
            name="items",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=200),
                blank=True,
                db_default=models.Value(
                    [],
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200), size=None
                    ),
                ),
                default=list,
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="publishedcount",
            name="limited",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="publishedcount",
            name="means",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=100),
                blank=True,
                db_default=models.Value(
                    [],
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=100), size=None
                    ),
                ),
                default=list,
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="publishedcount",
            name="notices",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=120),
                blank=True,
                db_default=models.Value(
                    [],
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=120), size=None
                    ),
                ),
                default=list,
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="publishedcount",
            name="opt_outs",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=20),
                blank=True,
                db_default=models.Value(
                    [],
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), size=None
                    ),
                ),
                default=list,
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="publishedcount",
            name="organisation",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AddField(
            model_name="publishedcount",
            name="why",
            field=models.CharField(blank=True, db_default="", default="", max_length=300),
        ),
        migrations.AddField(
            model_name="publishedmonth",
            name="entry",
            field=models.BigIntegerField(null=True, unique=True),
        ),
        migrations.AddConstraint(
            model_name="publishedcount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("limited", None),
                    models.Q(("limited", 0), ("pupils", 0)),
                    models.Q(
                        django.db.models.lookups.Exact(
                            django.db.models.expressions.CombinedExpression(
                                models.F("limited"), "%%", models.Value(5)
                            ),
                            0,
                        ),
                        ("limited__gte", 5),
                        ("pupils__gte", 5),
                    ),
                    _connector="OR",
                ),
                name="published_count_limited_rounded",
            ),
        ),
        migrations.AddConstraint(
            model_name="publishedcount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("pupils__isnull", False),
                    models.Q(
                        ("agreements", []),
                        ("items", []),
                        ("limited", None),
                        ("means", []),
                        ("notices", []),
                        ("opt_outs", []),
                    ),
                    _connector="OR",
                ),
                name="published_count_of_few_says_nothing",
            ),
        ),
    ]
