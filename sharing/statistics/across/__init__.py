"""Tables of counts made safe together with one another and with those that were given out before (S4)."""
