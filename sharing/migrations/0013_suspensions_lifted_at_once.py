"""A suspension entered by mistake is lifted on the day it begins: its last day is the day before."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
from django.db import migrations, models
from django.db.models import F, Func, Q, Value

# A suspension of a signed agreement is never removed, and its last day only ever comes nearer.
FREEZE = """
CREATE OR REPLACE FUNCTION sharing_refuse_change_of_suspension() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM sharing_agreementversion
        WHERE id = OLD.version_id AND signed_on IS NOT NULL
    ) THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'UPDATE' AND (OLD.last IS NULL OR NEW.last <= OLD.last)
        AND to_jsonb(OLD) - 'last' = to_jsonb(NEW) - 'last'
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'A suspension of a signed agreement is never removed or drawn out (A2).'
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
"""

FREEZE_AS_BEFORE = """
CREATE OR REPLACE FUNCTION sharing_refuse_change_of_suspension() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM sharing_agreementversion
        WHERE id = OLD.version_id AND signed_on IS NOT NULL
    ) THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.last IS NULL AND to_jsonb(OLD) - 'last' = to_jsonb(NEW) - 'last'
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'A suspension of a signed agreement is never removed (A2).'
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("sharing", "0012_tables_of_which_nothing_left")]

    operations = [
        migrations.AlterModelOptions(name="suspension", options={"ordering": ["first", "pk"]}),
        migrations.RemoveConstraint(model_name="suspension", name="suspension_period"),
        migrations.RemoveConstraint(model_name="suspension", name="suspension_no_overlap"),
        migrations.AddConstraint(
            model_name="suspension",
            constraint=models.CheckConstraint(
                condition=Q(last__isnull=True) | Q(first__lte=F("last") + 1),
                name="suspension_period",
            ),
        ),
        migrations.AddConstraint(
            model_name="suspension",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                name="suspension_no_overlap",
                expressions=[
                    ("version", "="),
                    (
                        Func(
                            "first",
                            F("last") + 1,
                            Value("[)"),
                            function="daterange",
                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                        ),
                        "&&",
                    ),
                ],
            ),
        ),
        migrations.RunSQL(FREEZE, FREEZE_AS_BEFORE),
    ]
