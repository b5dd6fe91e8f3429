"""What every test may rely on."""

import asyncio
import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

# Otherwise each of the many processes that tests start would compile this project anew, half of its time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Where somebody's own AWS is says nothing here.
for variable in ("AWS_REGION", "AWS_DEFAULT_REGION"):
    os.environ.pop(variable, None)

# The same examples every time, so that a change is judged by what it changed. `make soak` looks for new ones.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


@pytest.fixture(autouse=True)
def event_loop_for_outputs() -> Iterator[None]:
    """A pulumi.Output needs an event loop as soon as it is made; no test shares one with another."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()
