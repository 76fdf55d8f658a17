"""Parameters of the addresses of the disclosure log."""

from django.http import QueryDict

from privacy_portal.ground.ui.keyset import without_place
from sharing.review.desk.filters import DisclosureFilter


def filters_of(query: str) -> str:
    """Return the parameters of an address that filter or sort the log, without empty ones; what it does not
    know is dropped."""
    known = QueryDict(mutable=True)
    names = set(DisclosureFilter.base_filters)
    for name, value in without_place(QueryDict(query)).items():
        if value and (name in names or name.rpartition("_")[0] in names):
            known[name] = str(value)
    return known.urlencode()
