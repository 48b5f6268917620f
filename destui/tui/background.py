"""Blocking calls off the event loop, in threads that never hold up the end of the program."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from threading import Thread
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


async def in_thread(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call a blocking function and wait for it without blocking. What it raises is raised here.

    The thread is a daemon: a store that does not answer cannot keep the program from ending.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[R] = loop.create_future()

    def deliver(result: R | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result: R | None = None
        error: BaseException | None = None
        try:
            result = function(*args, **kwargs)
        except BaseException as raised:
            error = raised
        try:
            loop.call_soon_threadsafe(deliver, result, error)
        except RuntimeError:  # the loop has ended meanwhile
            pass

    Thread(target=run, daemon=True, name=getattr(function, "__name__", "call")).start()
    return await future
