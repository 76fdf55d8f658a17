"""The portal's settings with one more address: an empty view to compare with."""

from privacy_portal.settings import *  # noqa: F403

ROOT_URLCONF = "public_page"
