"""`python -m tests.torture [--seed N] [--size N] [--store sqlite|postgresql] [FAULT …]`: the campaign.

Prints what was done and what was found. When something was found, the campaign's folder is kept and its path printed,
with the seed that does the same again. `--list` names the faults.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path

from tests.torture.faults import FAULTS
from tests.torture.ground import STORES, Ground


def main() -> int:
    """Run what the arguments say; 0 when nothing was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("faults", nargs="*", metavar="FAULT", help="all of them when none is named")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--size", type=int, default=1000, help="kills in each store; the other faults follow from it")
    parser.add_argument("--store", choices=STORES, help="on this kind of store alone")
    parser.add_argument("--list", action="store_true", help="name the faults")
    given = parser.parse_args()
    if given.list:
        print("\n".join(f"{name:<14} {(fault.__doc__ or '').partition(chr(10))[0]}" for name, fault in FAULTS.items()))
        return 0
    if unknown := set(given.faults) - FAULTS.keys():
        parser.error(f"there is no fault {', '.join(sorted(unknown))}; see --list")
    stores = (given.store,) if given.store else STORES
    found = [_run(name, stores, given.seed, given.size) for name in given.faults or FAULTS]
    print(f"seed {given.seed}, size {given.size}: {sum(found)} found")
    return 1 if any(found) else 0


def _run(name: str, stores: tuple[str, ...], seed: int, size: int) -> int:
    folder = Path(tempfile.mkdtemp(prefix=f"destui-torture-{name}-"))
    folder.chmod(0o755)
    started = time.monotonic()
    print(f"{name}: seed {seed}, size {size}, {' and '.join(stores)}", flush=True)
    with Ground(folder, seed, size) as ground:
        try:
            FAULTS[name](ground, stores)
        except Exception:
            ground.tally.wrong(f"the campaign itself failed:\n{traceback.format_exc()}")
    print(ground.tally)
    print(f"{name}: {len(ground.tally.found)} found in {time.monotonic() - started:.0f} s", flush=True)
    if ground.tally.found:
        print(f"{name}: kept in {folder}; again with: python -m tests.torture {name} --seed {seed} --size {size}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return len(ground.tally.found)


if __name__ == "__main__":
    sys.exit(main())
