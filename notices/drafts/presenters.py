"""What is missing in a draft, with the page on which it is mended."""

from collections.abc import Iterable
from urllib.parse import urlencode

from django.urls import reverse

from notices.models import NoticeVersion
from notices.rules import Element, Missing, Place


def missing_with_links(
    version: NoticeVersion, missing: Iterable[Missing]
) -> list[dict[str, str | None]]:
    """Each missing thing: its sentence, the link that lands on the spot, and for an element
    the link to mark it as not applicable."""
    slug, number = version.notice.slug, version.number
    listed: list[dict[str, str | None]] = []
    for each in missing:
        other = None
        if each.place is Place.DETAILS:
            link = reverse("staff-draft-details", args=[slug, number]) + f"#id_{each.key}"
        elif each.place is Place.LINE:
            link = reverse("staff-draft-line", args=[slug, number, int(each.key)])
        else:
            chosen = {"element": each.key}
            if each.place is Place.SCHEME:
                chosen = {"element": Element.OPT_OUT.value, "scheme": each.key}
            else:
                other = reverse("staff-draft-not-applicable", args=[slug, number, each.key])
            link = f"{reverse('staff-draft-section-add', args=[slug, number])}?{urlencode(chosen)}"
        listed.append({"sentence": each.sentence, "link": link, "not_applicable": other})
    return listed
