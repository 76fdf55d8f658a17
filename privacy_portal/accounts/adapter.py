"""How allauth behaves here: staff are given accounts, nobody makes their own."""

from typing import Any
from urllib.parse import urljoin, urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest


class StaffAccountAdapter(DefaultAccountAdapter):
    """No sign-up; users are created by the council."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link of a forgotten password leads to the portal's own address, whatever host
        the request named."""
        path = str(urlsplit(super().get_reset_password_from_key_url(key)).path)
        return urljoin(str(settings.PORTAL_ADDRESS), path)

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """None: the page one lands on says enough."""
