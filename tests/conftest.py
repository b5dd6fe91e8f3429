"""What every test may rely on."""

import asyncio
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def event_loop_for_outputs() -> Iterator[None]:
    """A pulumi.Output needs an event loop as soon as it is made; no test shares one with another."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()
