"""Reads of protection, deaths and news of pupils; each says how many queries it takes."""

from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from consent.models import Death, Ending, ProtectedLook, Protection, Pupil, PupilNews
from consent.queries import own_pupils
from privacy_portal.ground.accounts.models import User


def protections_of(pupil: Pupil) -> QuerySet[Protection]:
    """Return every protection that was recorded on the pupil's record, oldest first; 1 query."""
    return Protection.objects.filter(pupil=pupil).select_related("by")


def was_protected_since(pupil: Pupil, then: datetime) -> bool:
    """Return whether anybody has protected the pupil since then, also through a record that is or may
    be of the same child; 2 queries."""
    return Protection.objects.filter(pupil__in=records_of_child(pupil), at__gt=then).exists()


def records_of_child(pupil: Pupil) -> list[int]:
    """Return the ids of the records that are or may be of the same child, this one too; 1 query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM consent_records_of_child(%s)", [pupil.pk])
        return [record for (record,) in cursor.fetchall()]


def endings_of(pupil: Pupil) -> QuerySet[Ending]:
    """Return the proposals to end the pupil's protection with their answers, oldest first; 1 query."""
    return Ending.objects.filter(pupil=pupil).select_related("by", "answer__by")


def deaths_of(pupil: Pupil) -> QuerySet[Death]:
    """Return every death that was recorded of the pupil, oldest first; 1 query."""
    return Death.objects.filter(pupil=pupil).select_related("by", "withdrawn__by")


def looks_at(pupil: Pupil) -> QuerySet[ProtectedLook]:
    """Return who has seen the pupil's hidden details, newest first; 1 query."""
    return ProtectedLook.objects.filter(pupil=pupil).select_related("by")


def protected_on_record() -> QuerySet[Pupil]:
    """Return the pupils who are protected, by name; 1 query."""
    pupils = Pupil.objects.standing().filter(protected=True)
    return pupils.order_by("surname_folded", "forename_folded", "pk")


def endings_for(user: User) -> QuerySet[Ending]:
    """Return the proposals to end protection that this officer can answer: another officer's; 1
    query."""
    endings: QuerySet[Ending] = Ending.objects.filter(answer=None).exclude(by=user)
    return endings.select_related("pupil", "by")


def news_for(user: User) -> QuerySet[PupilNews]:
    """Return the news of pupils that nobody has seen yet, oldest first: of a school's own pupils to
    its staff, and to officers of deaths and protection; 1 query."""
    news = PupilNews.objects.filter(seen_at=None, pupil__in=own_pupils(user))
    if user.sees_every_school:
        news = news.exclude(kind=PupilNews.Kind.ADDRESS)
    return news.select_related("pupil")
