"""Makes real errors on real servers, files and networks: `python -m bench.diagnosis.provoke [NAME…] > new.jsonl`.

Needs root on Linux (networks and disks of its own) and the servers that the tests need; what is missing is left out,
which is said on standard error. Whoever writes the catalogue does not read this folder: it tells what is in held.jsonl.
"""
