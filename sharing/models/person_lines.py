"""The index of a pupil's list: in which disclosures something was shared about a person."""

from django.db import models


class PersonLine(models.Model):
    """A line of a disclosure in which something was shared or received, by its person: the index of a
    pupil's list. Rows are only ever added, by a job, up to the entry of the newest `PersonLineMark`.

    `entry` is the disclosure's number in the log and `recipient` the id of its organisation, 0 where that is
    not on the list of organisations. All four are the key, so that a list is read from it alone.
    """

    pk = models.CompositePrimaryKey("person", "entry", "recipient", "item_set")
    person = models.UUIDField()
    entry = models.BigIntegerField()
    recipient = models.BigIntegerField()
    item_set = models.PositiveSmallIntegerField()

    def __str__(self) -> str:
        return f"line of entry {self.entry}"


class PersonLineMark(models.Model):
    """Up to which log entry the lines of disclosures stand among `PersonLine`. The newest counts."""

    entry = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"entry {self.entry}"
