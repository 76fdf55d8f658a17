"""Rows for tests, one module an app.

Where a row is only legal through a use case, its factory calls that use case: a decision is
recorded under the pupil's lock, an agreement is signed, a disclosure stands in the log.
"""
