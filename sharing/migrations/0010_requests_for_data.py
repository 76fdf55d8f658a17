"""Requests for data that no agreement covers, and what was decided on them (Q1)."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0007_protection_guards"),
        ("notices", "0003_item_locating"),
        ("sharing", "0009_amendments"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DataRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("submission", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="DataRequestStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("asked-more", "Asked for more information"),
                            ("answered", "Answer sent"),
                            ("note", "Note added"),
                            ("withdrawn", "Request withdrawn"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "points",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=1000)),
                ("on", models.DateField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="DecidedPupil",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("choice", models.CharField(max_length=40)),
                (
                    "items",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=100),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=30)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="DecisionAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("agrees", models.BooleanField()),
                ("note", models.CharField(blank=True, max_length=1000)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="RequestDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("share-all", "Share all of it"),
                            ("share-some", "Share some of it"),
                            ("refuse", "Do not share"),
                        ],
                        max_length=20,
                    ),
                ),
                ("reasons", models.CharField(max_length=2000)),
                (
                    "items",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=100),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("words", models.CharField(blank=True, max_length=1000)),
                ("others", models.PositiveIntegerField(default=0)),
                ("harmful", models.BooleanField(null=True)),
                ("harm_words", models.CharField(blank=True, max_length=1000)),
                (
                    "override_ground",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("safeguarding", "To safeguard a child"),
                            ("legal-order", "Court order or other legal duty"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "second_reasons",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=30),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ["request", "number"],
            },
        ),
        migrations.CreateModel(
            name="RequestDetails",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "part",
                    models.CharField(
                        choices=[
                            ("asker", "Who asks"),
                            ("check", "How we checked who asks"),
                            ("people", "Who it is about"),
                            ("information", "What they ask for"),
                            ("purpose", "Purpose and legal power"),
                            ("view", "Data protection officer’s view"),
                        ],
                        max_length=20,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("organisation_name", models.CharField(blank=True, max_length=200)),
                ("organisation_key", models.CharField(blank=True, max_length=210)),
                ("asker_name", models.CharField(blank=True, max_length=200)),
                ("asker_role", models.CharField(blank=True, max_length=200)),
                ("contact", models.CharField(blank=True, max_length=500)),
                ("their_reference", models.CharField(blank=True, max_length=200)),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("phone", "By phone"),
                            ("email", "By email"),
                            ("letter", "By letter"),
                            ("in-person", "In person"),
                        ],
                        max_length=20,
                    ),
                ),
                ("received_at", models.DateTimeField()),
                ("urgent", models.BooleanField(default=False)),
                ("urgent_why", models.CharField(blank=True, max_length=500)),
                ("due_at", models.DateTimeField()),
                (
                    "asker_check",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("called", "We called a number that we found ourselves"),
                            ("domain", "They wrote from the organisation’s own email address"),
                            (
                                "warrant-card",
                                "We saw a warrant card or other official identification",
                            ),
                            ("court-seal", "We saw the seal of a court"),
                            ("known", "We know them from working together"),
                            ("other", "Another way"),
                        ],
                        max_length=20,
                    ),
                ),
                ("check_note", models.CharField(blank=True, max_length=500)),
                ("others", models.PositiveIntegerField(default=0)),
                ("others_words", models.CharField(blank=True, max_length=500)),
                (
                    "items",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=100),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("words", models.CharField(blank=True, max_length=1000)),
                ("special_category", models.BooleanField(default=False)),
                ("condition", models.CharField(blank=True, max_length=500)),
                ("purpose_words", models.CharField(blank=True, max_length=1000)),
                (
                    "power",
                    models.CharField(
                        blank=True,
                        choices=[
                            (
                                "crime",
                                "Crime or tax: Data Protection Act 2018, Schedule 2, paragraph 2 (an exemption)",
                            ),
                            (
                                "legal-claims",
                                "Legal proceedings or advice: Data Protection Act 2018, Schedule 2, paragraph 5 (an exemption)",
                            ),
                            ("court-order", "Court order"),
                            (
                                "section-47",
                                "A child at risk of harm: Children Act 1989, section 47",
                            ),
                            ("section-17", "A child in need: Children Act 1989, section 17"),
                            (
                                "section-16la",
                                "Duty to share for a child’s welfare: Children Act 2004, section 16LA",
                            ),
                            ("other-act", "Another Act or regulation"),
                        ],
                        max_length=20,
                    ),
                ),
                ("power_words", models.CharField(blank=True, max_length=500)),
                ("necessity", models.CharField(blank=True, max_length=1000)),
                ("dpia", models.CharField(blank=True, max_length=200)),
                (
                    "view",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("asked", "Asked, no answer yet"),
                            ("agrees", "Agrees"),
                            ("disagrees", "Does not agree"),
                            ("not-needed", "Not needed"),
                        ],
                        max_length=20,
                    ),
                ),
                ("view_words", models.CharField(blank=True, max_length=1000)),
                ("view_by", models.CharField(blank=True, max_length=200)),
                ("view_on", models.DateField(null=True)),
            ],
            options={
                "ordering": ["request", "number"],
            },
        ),
        migrations.CreateModel(
            name="RequestedPupil",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.AddField(
            model_name="datarequest",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="datarequeststep",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="datarequeststep",
            name="request",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="steps",
                to="sharing.datarequest",
            ),
        ),
        migrations.AddField(
            model_name="decidedpupil",
            name="pupil",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="consent.pupil"
            ),
        ),
        migrations.AddField(
            model_name="decisionanswer",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="requestdecision",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="requestdecision",
            name="request",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="decisions",
                to="sharing.datarequest",
            ),
        ),
        migrations.AddField(
            model_name="decisionanswer",
            name="decision",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="answer",
                to="sharing.requestdecision",
            ),
        ),
        migrations.AddField(
            model_name="decidedpupil",
            name="decision",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="pupils",
                to="sharing.requestdecision",
            ),
        ),
        migrations.AddField(
            model_name="disclosure",
            name="request_decision",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="disclosures",
                to="sharing.requestdecision",
            ),
        ),
        migrations.AddField(
            model_name="requestdetails",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="requestdetails",
            name="purpose",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="notices.purpose",
            ),
        ),
        migrations.AddField(
            model_name="requestdetails",
            name="recipient",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="notices.recipient",
            ),
        ),
        migrations.AddField(
            model_name="requestdetails",
            name="request",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="details",
                to="sharing.datarequest",
            ),
        ),
        migrations.AddField(
            model_name="requestdecision",
            name="details",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="decisions",
                to="sharing.requestdetails",
            ),
        ),
        migrations.AddField(
            model_name="requestedpupil",
            name="details",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="pupils",
                to="sharing.requestdetails",
            ),
        ),
        migrations.AddField(
            model_name="requestedpupil",
            name="pupil",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="consent.pupil"
            ),
        ),
        migrations.AddConstraint(
            model_name="datarequeststep",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "withdrawn")),
                fields=("request",),
                name="request_withdrawn_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="datarequeststep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "note"), _negated=True),
                    models.Q(("note", ""), _negated=True),
                    _connector="OR",
                ),
                name="request_note_says_what",
            ),
        ),
        migrations.AddConstraint(
            model_name="decidedpupil",
            constraint=models.UniqueConstraint(
                fields=("decision", "pupil"), name="decided_pupil_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="decidedpupil",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("choice", "none"), _negated=True), ("items", []), _connector="OR"
                ),
                name="decided_pupil_not_shared",
            ),
        ),
        migrations.AddIndex(
            model_name="requestdetails",
            index=models.Index(
                fields=["organisation_key", "received_at"], name="request_of_a_kind"
            ),
        ),
        migrations.AddIndex(
            model_name="requestdetails",
            index=models.Index(fields=["due_at"], name="request_due"),
        ),
        migrations.AddConstraint(
            model_name="requestdetails",
            constraint=models.UniqueConstraint(
                fields=("request", "number"), name="request_details_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="requestdetails",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("recipient__isnull", True), ("organisation_name", ""), _connector="OR"
                ),
                name="request_one_organisation",
            ),
        ),
        migrations.AddConstraint(
            model_name="requestdetails",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("asker_check", "other"), _negated=True),
                    models.Q(("check_note", ""), _negated=True),
                    _connector="OR",
                ),
                name="request_check_says_how",
            ),
        ),
        migrations.AddConstraint(
            model_name="requestdecision",
            constraint=models.UniqueConstraint(
                fields=("request", "number"), name="request_decision_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="requestdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("reasons", ""), _negated=True), name="request_decision_says_why"
            ),
        ),
        migrations.AddConstraint(
            model_name="requestdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["share-all", "share-some", "refuse"])),
                name="request_decision_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="requestdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "refuse"), _negated=True),
                    models.Q(
                        ("items", []),
                        ("others", 0),
                        ("override_ground", ""),
                        ("second_reasons", []),
                        ("words", ""),
                    ),
                    _connector="OR",
                ),
                name="request_refused_shares_nothing",
            ),
        ),
        migrations.AddConstraint(
            model_name="requestdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind", "refuse"),
                    ("harmful__isnull", True),
                    ("harmful", False),
                    _connector="OR",
                ),
                name="request_harmful_is_refused",
            ),
        ),
        migrations.AddConstraint(
            model_name="requestedpupil",
            constraint=models.UniqueConstraint(
                fields=("details", "pupil"), name="requested_pupil_once"
            ),
        ),
    ]
