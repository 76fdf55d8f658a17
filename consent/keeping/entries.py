"""What the log says and vouches for of holds, and of wishes to erase a pupil's details (R2, L5)."""

from consent.models import ErasureAnswer, ErasureWish, Hold, HoldEnd
from privacy_portal.ground.log.appending import Body, body
from privacy_portal.ground.log.texts import texts_of
from privacy_portal.ground.log.vouching import Kind, each


def hold_body(row: Hold) -> Body:
    """Make the entry of a hold from its row."""
    person = str(row.pupil.reference)
    about = {"hold": row.pk, "person": person, "texts": texts_of(row)}
    return body("hold-placed", at=row.at, by=row.by, **about)


def end_body(row: HoldEnd) -> Body:
    """Make the entry of the end of a hold from its row."""
    person = str(row.hold.pupil.reference)
    about = {"hold": row.hold_id, "person": person, "texts": texts_of(row)}
    return body("hold-ended", at=row.at, by=row.by, **about)


def wish_body(row: ErasureWish) -> Body:
    """Make the entry of a wish from its row."""
    person = str(row.pupil.reference)
    about = {"wish": row.pk, "person": person, "texts": texts_of(row)}
    return body("erasure-proposed", at=row.at, by=row.by, **about)


def answer_body(row: ErasureAnswer) -> Body:
    """Make the entry of a second officer's answer from its row."""
    return body(
        "erasure-agreed" if row.agrees else "erasure-refused",
        at=row.at,
        by=row.by,
        wish=row.wish_id,
        person=str(row.wish.pupil.reference),
        texts=texts_of(row),
    )


KINDS = (
    Kind(
        events=("hold-placed",),
        name="hold",
        rows=lambda: Hold.objects.select_related("pupil", "by"),
        key="hold",
        field="pk",
        facts=each(hold_body),
        whole=True,
    ),
    Kind(
        events=("hold-ended",),
        name="end of a hold",
        rows=lambda: HoldEnd.objects.select_related("hold__pupil", "by"),
        key="hold",
        field="hold_id",
        facts=each(end_body),
        whole=True,
    ),
    Kind(
        events=("erasure-proposed",),
        name="wish to erase",
        rows=lambda: ErasureWish.objects.select_related("pupil", "by"),
        key="wish",
        field="pk",
        facts=each(wish_body),
        whole=True,
    ),
    Kind(
        events=("erasure-agreed", "erasure-refused"),
        name="answer to a wish to erase",
        rows=lambda: ErasureAnswer.objects.select_related("wish__pupil", "by"),
        key="wish",
        field="wish_id",
        facts=each(answer_body),
        whole=True,
    ),
)
