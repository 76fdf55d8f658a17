"""What the log vouches for about published notices (L5)."""

from notices.drafts.content import digest_of
from notices.models import Publication, Withdrawal
from notices.queries import table_of
from privacy_portal.ground.log.appending import Body, body
from privacy_portal.ground.log.vouching import Kind, each


def _publication(row: Publication) -> Body:
    return {
        "notice": row.version.notice.slug,
        "number": row.version.number,
        "content": digest_of(row.content) + _unlike_table(row),
    }


def _unlike_table(row: Publication) -> str:
    """Return that the table of a version names other organisations, purposes or information than what was
    published; empty where it does not."""
    published = [
        (
            line["code"],
            [purpose["code"] for purpose in line["purposes"]],
            [item["code"] for item in line["items"]],
        )
        for line in row.content["recipients"]
    ]
    stored = [
        (
            line.recipient.code,
            [named.purpose.code for named in line.purposes.all()],
            [named.item.code for named in line.items.all()],
        )
        for line in table_of(row.version)
    ]
    return "" if stored == published else ", but its table says otherwise"


def _withdrawal(row: Withdrawal) -> Body:
    return body(
        "notice-withdrawn",
        at=row.at,
        by=row.by,
        notice=row.version.notice.slug,
        number=row.version.number,
    )


KINDS = (
    Kind(
        events=("notice-published",),
        name="published version of a notice",
        rows=lambda: Publication.objects.select_related("version__notice"),
        key="number",
        field="version__number",
        facts=each(_publication),
    ),
    Kind(
        events=("notice-withdrawn",),
        name="withdrawal of a version of a notice",
        rows=lambda: Withdrawal.objects.select_related("version__notice", "by"),
        key="number",
        field="version__number",
        facts=each(_withdrawal),
        whole=True,
    ),
)
