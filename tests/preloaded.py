"""What commands find imported (`tests/commands.py`): all but what reads its environment while it is imported."""

from __future__ import annotations

import gc
import importlib
import pkgutil

for name in ("destui.cli", "destui.services", "destui.store"):
    for module in pkgutil.iter_modules(importlib.import_module(name).__path__, f"{name}."):
        importlib.import_module(module.name)
gc.freeze()  # or each copy would copy what it only looks through
