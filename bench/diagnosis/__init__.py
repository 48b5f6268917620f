"""Recorded real errors and what was really wrong, to measure the diagnosis by. See README.md."""
