"""Whatever the disclosure log is sorted and filtered by, its pages are its list: each row once, from both
ends, and so are the batches that files are made of."""

from itertools import chain
from urllib.parse import parse_qs

import pytest
from django.http import QueryDict

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.ui.keyset import batches, keyset_page
from sharing.models import Disclosure
from sharing.review.desk.filters import DisclosureFilter
from sharing.review.desk.orders import ORDERS

pytestmark = pytest.mark.django_db

FILTERS = (
    "",
    "recipient=connexions",
    "outcome=refused",
    "sample=any",
    "words=wig",
    "school=990001",
)


@pytest.fixture(params=FILTERS)
def rows(log, request):
    user = User.objects.officers().first()
    desk = DisclosureFilter(QueryDict(request.param) or None, Disclosure.objects.all(), user=user)
    assert desk.valid
    return desk.rows


def walked(rows, order, begin, way):
    """The keys of all rows, one page of seven after the other."""
    pages, asked = [], begin
    while asked is not None:
        page = keyset_page(rows, order, asked, 7)
        pages.append([row.pk for row in page.object_list])
        parameters = getattr(page, way)
        asked = parameters and {name: one for name, [one] in parse_qs(parameters).items()}
    return pages


@pytest.mark.parametrize("name", ORDERS)
def test_pages_and_batches_are_the_list(rows, name):
    order = ORDERS[name]
    every = [row.pk for row in order.sort(rows)]
    assert len(set(every)) == len(every) > 7
    onwards = walked(rows, order, {}, "next")
    assert list(chain.from_iterable(onwards)) == every
    back = walked(rows, order, {"before": ""}, "previous")
    # The first page is as long as others, so it may have some of the second's once more.
    *others, first = back
    rest = list(chain.from_iterable(reversed(others)))
    assert rest == every[len(every) - len(rest) :]
    assert first == every[:7]
    assert len(rest) + len(first) >= len(every)
    assert [row.pk for batch in batches(rows, order, 7) for row in batch] == every


def test_organisations_come_by_name_and_the_newest_of_each_first(log):
    order = ORDERS["organisation"]
    names = set(Disclosure.objects.values_list("recipient__name", flat=True))
    assert len(names) == 3  # one is not known
    rows = list(order.sort(Disclosure.objects.all()))
    keys = [(row.organisation, -row.entry) for row in rows]
    assert keys == sorted(keys)
    page = keyset_page(Disclosure.objects.all(), order, {}, 5).object_list
    assert [row.pk for row in page] == [row.pk for row in rows[:5]]
