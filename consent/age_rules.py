"""Rules about ages and school years (docs/rulebook.md, Words), as pure functions."""

from datetime import date, timedelta

# For people with special educational needs services go on to this birthday, with or without a plan
# (Education and Skills Act 2008 s.78, Education Act 1996 s.579).
SUPPORTED_BELOW_AGE = 25
# School years begin on this day of this month.
SCHOOL_YEAR = (9, 1)


def birthday_of(age: int, born: date) -> date:
    """Return the day on which a person attains an age: the birthday, and 1 March of other years for
    someone born on 29 February."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return date(born.year + age, 3, 1)


def attained(age: int, born: date, on: date) -> bool:
    """Return whether a person has attained an age, at the start of the birthday; if born on 29
    February, on 1 March of other years."""
    return birthday_of(age, born) <= on


def years_old(born: date, on: date) -> int:
    """Return the highest age that a person has attained on the day, in years."""
    age = on.year - born.year
    return age if attained(age, born, on) else age - 1


def latest_birth(age: int, on: date) -> date:
    """Return the latest date of birth of a person who has attained the age on the day."""
    try:
        return on.replace(year=on.year - age)
    except ValueError:
        return date(on.year - age, 2, 28)


def school_year(on: date) -> tuple[date, date]:
    """Return the first and last day of the school year that holds the day."""
    month, day = SCHOOL_YEAR
    year = on.year if (on.month, on.day) >= SCHOOL_YEAR else on.year - 1
    return date(year, month, day), date(year + 1, month, day) - timedelta(days=1)
