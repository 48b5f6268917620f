"""The words for jobs that are open. SQLite takes the index of what is open only by that index's own words, and would
look through all jobs that are kept. Portable SQL, no SQLAlchemy."""

from __future__ import annotations


def is_open(job: str = "jobs") -> str:
    """The job, a table or its alias, has not ended."""
    return f"{job}.state IN ('queued', 'claimed')"


def is_queued(job: str = "jobs") -> str:
    """No worker has it."""
    return f"{is_open(job)} AND {job}.state = 'queued'"


def is_claimed(job: str = "jobs") -> str:
    """A worker has it."""
    return f"{is_open(job)} AND {job}.state = 'claimed'"
