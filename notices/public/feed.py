"""The versions of a notice as an Atom feed."""

from collections.abc import Callable, Sequence

from django.http import HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed

from notices.models import Notice, NoticeVersion
from privacy_portal.ground.days import in_words


def feed_of(
    notice: Notice, versions: Sequence[NoticeVersion], absolute: Callable[[str], str]
) -> HttpResponse:
    """Return a feed with an entry for each version, newest first; `absolute` makes a path an address."""
    feed = Atom1Feed(
        title=notice.title,
        link=absolute(reverse("notice", args=[notice.slug])),
        description="",
        subtitle="New versions of this privacy notice",
        feed_url=absolute(reverse("notice-feed", args=[notice.slug])),
        language="en-GB",
    )
    for version in versions:
        address = absolute(reverse("notice-version", args=[notice.slug, version.number]))
        day = in_words(version.effective_from) if version.effective_from else ""
        feed.add_item(
            title=f"Version {version.number}, applies from {day}",
            link=address,
            unique_id=address,
            description=version.summary,
            pubdate=version.publication.at,
            updateddate=version.publication.at,
        )
    return HttpResponse(feed.writeString("utf-8"), content_type=feed.content_type)
