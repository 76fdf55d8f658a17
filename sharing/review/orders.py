"""The orders that the disclosure log can be read in."""

from privacy_portal.ground.ui.keyset import Key, Order

_ENTRY = Key("entry")
NEWEST = Order("newest", "Newest first", (_ENTRY,), descending=True)
OLDEST = Order("oldest", "Oldest first", (_ENTRY,))
