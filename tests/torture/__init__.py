"""A campaign of faults: what may happen to destui is done to it, for real, and what is left afterwards is counted.

`python -m tests.torture --help`; docs/torture.md says what each fault does and what was found.
"""
