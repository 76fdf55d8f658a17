"""Salts of the hashes that entries have of texts (L4): added and, with the texts, deleted, never changed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("log", "0006_cosignatures"),
    ]

    operations = [
        migrations.CreateModel(
            name="Salt",
            fields=[
                ("entry", models.BigIntegerField(primary_key=True, serialize=False)),
                ("salt", models.BinaryField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("entry__gte", 0)), name="log_salt_of_an_entry"
                    )
                ],
            },
        ),
        migrations.RunSQL(
            sql="""
CREATE TRIGGER salt_stays BEFORE UPDATE ON log_salt
    FOR EACH ROW EXECUTE FUNCTION portal_refuse_change();
CREATE TRIGGER salts_stay BEFORE TRUNCATE ON log_salt
    FOR EACH STATEMENT EXECUTE FUNCTION portal_refuse_change();
ALTER TABLE log_salt ENABLE ALWAYS TRIGGER salt_stays;
ALTER TABLE log_salt ENABLE ALWAYS TRIGGER salts_stay;
""",
            reverse_sql="""
DROP TRIGGER salt_stays ON log_salt;
DROP TRIGGER salts_stay ON log_salt;
""",
        ),
    ]
