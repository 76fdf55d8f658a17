"""The log's tables. The database refuses UPDATE, DELETE and TRUNCATE on entries (L2)."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class Entry(models.Model):
    """One entry: `body` is canonical JSON as it was hashed, `leaf` its RFC 6962 leaf hash."""

    seq = models.BigIntegerField(primary_key=True)
    body = models.BinaryField()
    leaf = models.BinaryField()

    class Meta:
        verbose_name_plural = "entries"
        constraints = [
            models.CheckConstraint(condition=Q(seq__gte=0), name="log_seq_from_0"),
        ]

    def __str__(self) -> str:
        return f"entry {self.seq}"


class Salt(models.Model):
    """The salt of the hash that an entry has of texts: 16 bytes, deleted when the texts are erased."""

    entry = models.BigIntegerField(primary_key=True)
    salt = models.BinaryField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(entry__gte=0), name="log_salt_of_an_entry"),
        ]

    def __str__(self) -> str:
        return f"salt of entry {self.entry}"


class Head(models.Model):
    """The one row that says how many entries there are and from what the root is made."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    size = models.BigIntegerField(default=0)
    frontier = models.BinaryField(default=b"")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="log_head_one_row"),
            models.CheckConstraint(condition=Q(size__gte=0), name="log_head_size"),
        ]

    def __str__(self) -> str:
        return f"log of {self.size} entries"


class Cosignature(models.Model):
    """A witness's signature of a checkpoint: `size` of the checkpoint, `name` of the witness's key, `line`
    as it stands in the note, `at` by the witness's clock."""

    size = models.BigIntegerField()
    name = models.CharField(max_length=255)
    line = models.CharField(max_length=1_000)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["size", "name"], name="log_cosigned_once"),
            models.CheckConstraint(condition=Q(size__gte=0), name="log_cosigned_size"),
        ]

    def __str__(self) -> str:
        return f"cosignature of {self.size}"


class Erasure(models.Model):
    """An erasure: of whom or what, by which rule, and what went with it (R2). It names nobody.

    `key` is a random reference of a pupil or an account, or the number of what was erased. `rule` is the name of
    a keeping time, or WISH. `rows` are the primary keys of emptied rows, as texts, by table; only these can be
    emptied, and only in the transaction whose number the database writes into `transaction`. `files` are
    names of private files, by folder; `entries` the entries whose salts were deleted.
    """

    logged_texts = ()
    logged_also = ("rows", "files")

    class What(models.TextChoices):
        PUPIL = "pupil", "Pupil"
        ACCOUNT = "account", "Account"
        FORM = "form", "Online opt-out that fitted nobody"
        REQUEST = "request", "Request for data"
        DISCLOSURE = "disclosure", "Notes about a disclosure"
        AGREEMENT = "agreement", "Signed agreement"

    WISH = "wish"

    what = models.CharField(max_length=12, choices=What.choices)
    key = models.CharField(max_length=50)
    rule = models.CharField(max_length=40)
    rows = models.JSONField()
    files = models.JSONField()
    entries = models.JSONField()
    transaction = models.BigIntegerField(editable=False, default=0)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["transaction"], name="log_erasure_transaction")]
        constraints = [
            models.UniqueConstraint(fields=["what", "key"], name="log_erased_once"),
            models.CheckConstraint(
                condition=Q(
                    what__in=["pupil", "account", "form", "request", "disclosure", "agreement"]
                ),
                name="log_erasure_known",
            ),
            models.CheckConstraint(condition=~Q(key="") & ~Q(rule=""), name="log_erasure_says_why"),
        ]

    def __str__(self) -> str:
        return f"erasure {self.pk}"
