"""Link what is missing in a draft to the page on which it is put right."""

from collections.abc import Iterable
from urllib.parse import urlencode

from django.urls import reverse

from notices.models import NoticeVersion
from notices.rules import Element, Missing, Place


def missing_with_links(
    version: NoticeVersion, missing: Iterable[Missing]
) -> list[dict[str, str | None]]:
    """Return the sentence of each gap, the link to the field that closes it, and for an element the
    link to mark it as not applicable."""
    slug, number = version.notice.slug, version.number
    rows: list[dict[str, str | None]] = []
    for gap in missing:
        mark = None
        if gap.place is Place.DETAILS:
            link = reverse("staff-draft-details", args=[slug, number]) + f"#id_{gap.key}"
        elif gap.place is Place.LINE:
            link = reverse("staff-draft-line", args=[slug, number, int(gap.key)])
        else:
            initial = {"element": gap.key}
            if gap.place is Place.SCHEME:
                initial = {"element": Element.OPT_OUT.value, "scheme": gap.key}
            else:
                mark = reverse("staff-draft-not-applicable", args=[slug, number, gap.key])
            link = f"{reverse('staff-draft-section-add', args=[slug, number])}?{urlencode(initial)}"
        rows.append({"sentence": gap.sentence, "link": link, "not_applicable": mark})
    return rows
