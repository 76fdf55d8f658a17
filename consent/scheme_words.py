"""What pages, letters and receipts say of a scheme: who supplies the information, on which basis, and
under which sections of the law a choice counts. No queries."""

from consent.models import Scheme
from consent.rules import Default
from privacy_portal.ground.ui.environment import series


def law_in_words(scheme: Scheme) -> str:
    """Say under which sections of the law a choice counts; empty where the policy names none."""
    sections = series([section.rstrip(".") for section in scheme.legal_sections])
    return f"Your choice counts under {sections}." if sections else ""


def child_in_words(scheme: Scheme) -> str:
    """Say that a child takes no part who does not want to on the day; empty where nobody asks them."""
    if not scheme.child_may_refuse:
        return ""
    return (
        "A child who does not want to take part on the day does not have to, whatever a parent chose. We "
        f"then share nothing about them with {scheme.recipient.name} for this in that school year."
    )


def supply_in_words(scheme: Scheme, *, basics: bool) -> str:
    """Say who supplies the scheme's basic details (`basics`), or all of the information where it has
    none, on which basis, and whether one can object to it.

    A duty to supply binds the school alone, and knows no right to object. What the authority supplies
    rests on a power, so on the public task, and an objection reaches the basic details too (C10).
    """
    name = scheme.recipient.name
    if scheme.by_authority and basics:
        return (
            "The council shares these details itself. The law allows this but does not require it, so you "
            f"can object to it. We then stop sharing them with {name} while we look at your reasons."
        )
    if scheme.kind == Scheme.Kind.STATUTORY and basics:
        return (
            f"By law, the school must share these details if {name} asks for them. You cannot object to "
            "that."
        )
    what = "these details" if basics else "this information"
    if not scheme.by_authority:
        return f"The school shares {what}."
    power = " The law allows this but does not require it."
    return f"The council shares {what} itself.{'' if scheme.default == Default.WITHHOLD else power}"
