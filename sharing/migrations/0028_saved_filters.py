"""Filters of the disclosure log that officers keep for themselves."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

from privacy_portal.ground.row_security import NONE, shown_where


class Migration(migrations.Migration):
    dependencies = [
        ("sharing", "0027_review_desk"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedFilter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("query", models.CharField(max_length=1000)),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_filters",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["name", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "name"), name="saved_filter_named_once"
                    ),
                    models.CheckConstraint(
                        condition=~Q(name="") & ~Q(query=""), name="saved_filter_is_something"
                    ),
                ],
            },
        ),
        shown_where("sharing_savedfilter", NONE),
    ]
