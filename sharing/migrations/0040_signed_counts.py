"""Counts of what is signed off and of what is still to be deleted, for totals and figures."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from privacy_portal.ground.log.append_only import append_only

SQL = """
INSERT INTO sharing_uncountedsignoff (disclosure_id) SELECT disclosure_id FROM sharing_signoff;
INSERT INTO sharing_duedeletioncount (destroy_by, number)
SELECT destroy_by, count(*) FROM sharing_duedeletion GROUP BY destroy_by;

CREATE FUNCTION sharing_list_sign_off() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sharing_uncountedsignoff (disclosure_id) VALUES (NEW.disclosure_id);
    RETURN NULL;
END
$$;
CREATE FUNCTION sharing_count_due_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sharing_duedeletioncount (destroy_by, number)
    SELECT destroy_by, CASE TG_OP WHEN 'INSERT' THEN count(*) ELSE -count(*) END
    FROM changed GROUP BY destroy_by;
    RETURN NULL;
END
$$;
CREATE TRIGGER listed AFTER INSERT ON sharing_signoff
    FOR EACH ROW EXECUTE FUNCTION sharing_list_sign_off();
CREATE TRIGGER counted AFTER INSERT ON sharing_duedeletion
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION sharing_count_due_deletion();
CREATE TRIGGER counted_less AFTER DELETE ON sharing_duedeletion
    REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION sharing_count_due_deletion();
ALTER TABLE sharing_signoff ENABLE ALWAYS TRIGGER listed;
ALTER TABLE sharing_duedeletion ENABLE ALWAYS TRIGGER counted;
ALTER TABLE sharing_duedeletion ENABLE ALWAYS TRIGGER counted_less;
"""
BEFORE_SQL = """
DROP TRIGGER listed ON sharing_signoff;
DROP TRIGGER counted ON sharing_duedeletion;
DROP TRIGGER counted_less ON sharing_duedeletion;
DROP FUNCTION sharing_list_sign_off();
DROP FUNCTION sharing_count_due_deletion();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0004_recipient_groups"),
        ("sharing", "0039_register_stamped"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DueDeletionCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("destroy_by", models.DateField(null=True)),
                ("number", models.IntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="UncountedSignOff",
            fields=[
                (
                    "disclosure",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="uncounted_sign_off",
                        serialize=False,
                        to="sharing.disclosure",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SignedCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.DateField()),
                ("agreement_reference", models.CharField(max_length=50)),
                ("outcome", models.CharField(max_length=10)),
                ("out_of_line", models.BooleanField()),
                ("received", models.BooleanField()),
                ("by_hand", models.BooleanField()),
                (
                    "sampled",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), size=None
                    ),
                ),
                ("entries", models.PositiveIntegerField()),
                ("rows_released", models.PositiveBigIntegerField()),
                ("rows_reduced", models.PositiveBigIntegerField()),
                ("rows_withheld", models.PositiveBigIntegerField()),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "purpose",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="notices.purpose",
                    ),
                ),
                (
                    "recipient",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="notices.recipient",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("month__day", 1)), name="signed_count_of_a_month"
                    )
                ],
            },
        ),
        append_only("sharing_signedcount"),
        migrations.RunSQL(SQL, BEFORE_SQL),
    ]
