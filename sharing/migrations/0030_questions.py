"""Questions about disclosures and their answers; nobody signs off what they shared, or while a question is
open."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

from privacy_portal.ground.log.append_only import append_only
from privacy_portal.ground.row_security import NONE, shown_where

SIGN_OFF_SQL = """
CREATE FUNCTION sharing_check_sign_off() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM sharing_disclosure disclosure
        WHERE disclosure.id = NEW.disclosure_id AND disclosure.by_id = NEW.by_id)
    THEN
        RAISE EXCEPTION 'Another officer signs off a disclosure.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (SELECT FROM sharing_disclosurequestion question
        WHERE question.disclosure_id = NEW.disclosure_id AND NOT EXISTS (
            SELECT FROM sharing_disclosureanswer answer WHERE answer.question_id = question.id))
    THEN
        RAISE EXCEPTION 'A question about this disclosure is open.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER sign_off_sound BEFORE INSERT ON sharing_signoff
    FOR EACH ROW EXECUTE FUNCTION sharing_check_sign_off();
ALTER TABLE sharing_signoff ENABLE ALWAYS TRIGGER sign_off_sound;
"""
NO_SIGN_OFF_SQL = "DROP FUNCTION sharing_check_sign_off() CASCADE"
_ID = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


def _by() -> models.ForeignKey:
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("sharing", "0029_samples"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DisclosureQuestion",
            fields=[
                ("id", _ID),
                ("at", models.DateTimeField()),
                ("words", models.CharField(max_length=1000)),
                ("by", _by()),
                (
                    "disclosure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="questions",
                        to="sharing.disclosure",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(condition=~Q(words=""), name="question_asks")
                ],
            },
        ),
        migrations.CreateModel(
            name="DisclosureAnswer",
            fields=[
                ("id", _ID.clone()),
                ("at", models.DateTimeField()),
                ("words", models.CharField(max_length=1000)),
                ("by", _by()),
                (
                    "question",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answer",
                        to="sharing.disclosurequestion",
                    ),
                ),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=~Q(words=""), name="answer_says")],
            },
        ),
        append_only("sharing_disclosurequestion"),
        append_only("sharing_disclosureanswer"),
        shown_where("sharing_disclosurequestion", NONE),
        shown_where("sharing_disclosureanswer", NONE),
        migrations.RunSQL(SIGN_OFF_SQL, NO_SIGN_OFF_SQL),
    ]
