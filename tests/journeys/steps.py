"""Steps that several journeys take."""

import re


def link_in(text, part):
    return re.search(rf"https?://[^/]+(/{part}/\S+)", text)[1]


def signs_out(visitor):
    visitor.goes_to("/accounts/logout/")
    visitor.clicks("Sign out")
