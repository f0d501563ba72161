"""Things that a connection does at the same time, until one of them ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


async def every(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    """Do something now and every so often."""
    while True:
        await work()
        await asyncio.sleep(seconds)


async def until_one_ends(*works: Awaitable[None]) -> None:
    """Run all until one returns or raises; end the others, and raise what it raised."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        ended = [task for task in tasks if task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in ended:
        task.result()
