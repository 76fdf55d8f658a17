"""Each filter of the log reads an index, and as few entries as it returns, however long the log is."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from privacy_portal.ground.log import searching
from privacy_portal.ground.log.searching import NOBODY, Wanted
from tests.example import NOON

pytestmark = pytest.mark.django_db

LENGTH = 4_000
MANY, FEW, BOTH = "10000000-0000-4000-8000-000000000000", "2" * 36, "3" * 36
PUPIL = "30000000-0000-4000-8000-000000000007"


@pytest.fixture
def long_log():
    """A log in which one person did nearly all, one event is nearly all there is, and 1 in 400 entries
    is about the pupil."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO log_entry (seq, leaf, body)
            SELECT seq, '', convert_to(json_build_object(
                'at', to_char(%s::timestamp + seq * interval '1 hour', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
                'by', CASE WHEN seq %% 500 = 0 THEN NULL ELSE %s END,
                'event', CASE WHEN seq %% 1000 = 1 THEN 'rare' WHEN seq %% 3 = 0 THEN 'third' ELSE 'usual' END,
                'person', '30000000-0000-4000-8000-' || lpad((seq %% 400)::text, 12, '0')
            )::text, 'UTF8')
            FROM generate_series(0, %s) seq
            """,
            [NOON.replace(tzinfo=None) - timedelta(hours=LENGTH), MANY, LENGTH - 1],
        )
        cursor.execute("ANALYZE log_entry")


def plan(wanted, before):
    """What the database does for the entries: the indexes it uses, and the most rows it reads at a step."""
    with CaptureQueriesContext(
        connection,
    ) as queries:
        searching.entries(wanted, before=before, most=10)
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF) " + queries[-1]["sql"])
        answer = cursor.fetchone()[0]
    answer = json.loads(answer) if isinstance(answer, str) else answer
    nodes = list(nodes_of(answer[0]["Plan"]))
    names = {node["Index Name"] for node in nodes if "Index Name" in node}
    removed = sum(node.get("Rows Removed by Filter", 0) * node["Actual Loops"] for node in nodes)
    return names - {"log_entry_pkey"}, {node["Node Type"] for node in nodes}, removed


def nodes_of(node):
    yield node
    for child in node.get("Plans", ()):
        yield from nodes_of(child)


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (Wanted(), None),
        (Wanted(events=("rare",)), "log_entry_by_event"),
        (Wanted(events=("rare", "third", "never")), "log_entry_by_event"),
        (Wanted(by=NOBODY), "log_entry_by_person"),
        (Wanted(by=MANY, events=("never",)), "log_entry_by_person_and_event"),
        (Wanted(by=NOBODY, events=("usual", "third")), "log_entry_by_person_and_event"),
        (Wanted(about=(PUPIL,)), "log_entry_by_reference"),
        (Wanted(person=PUPIL), "log_entry_by_reference"),
        (Wanted(about=(PUPIL,), events=("usual",), by=MANY), "log_entry_by_reference"),
    ],
)
@pytest.mark.parametrize("before", [None, LENGTH // 2])
def test_a_filter_reads_its_index_and_no_more_than_the_entries_of_it(
    long_log, wanted, index, before
):
    names, steps, removed = plan(wanted, before)
    assert names == ({index} if index else set())
    assert "Seq Scan" not in steps
    # Of the ten entries about a pupil those of another kind.
    assert removed <= 10


def test_days_are_numbers_of_entries_before_any_entry_is_read(long_log):
    first, last = NOON - timedelta(hours=3_000), NOON - timedelta(hours=2_990)
    with CaptureQueriesContext(connection) as queries:
        numbers = [
            e.seq for e in searching.entries(Wanted(first=first, last=last), before=None, most=50)
        ]
    assert numbers == list(range(1_010, 999, -1))
    assert len(queries) == 5
    for query in queries[:-1]:
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN " + query["sql"])
            assert "log_entry_by_time" in "".join(line for (line,) in cursor.fetchall())
    _, steps, removed = plan(Wanted(first=first, last=last), None)
    assert "Seq Scan" not in steps
    assert removed <= 2 * 25
