"""Plays random histories on all processors: `make soak`.

A hundred histories come from one seed. One that does not hold is shrunk to the shortest that fails in the
same way, and shown with the command that plays it again.
"""

import argparse
import os
import sys
import time
from dataclasses import dataclass
from multiprocessing import Pool
from random import SystemRandom
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as given_settings

from .steps import Step, histories, settings
from .truths import hold

CHUNK = 100


@dataclass(frozen=True)
class Failure:
    """A history that does not hold."""

    seed: int
    setting: Any
    history: list[Step]
    problem: str

    def __str__(self) -> str:
        steps = "".join(f"        {step!r},\n" for step in self.history)
        return (
            f"A history does not hold: {self.problem}\n"
            f"    hold({self.setting!r}, [\n{steps}    ])\n"
            f"Again: make soak SEED={self.seed} HISTORIES={CHUNK}"
        )


def chunk(number: int, size: int = CHUNK, *, shrink: bool = True) -> Failure | None:
    """So many histories of one seed: the shortest that fails, or None."""
    last: Any = ((), [])

    @seed(number)
    @given_settings(
        max_examples=size,
        deadline=None,
        database=None,
        derandomize=False,
        phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(setting=settings(), history=histories())
    def each(setting: Any, history: list[Step]) -> None:
        nonlocal last
        last = (setting, history)
        hold(setting, history)

    try:
        each()
    except Exception as problem:
        setting, history = last
        return Failure(number, setting, history, f"{type(problem).__name__}: {problem}")
    return None


def first_failure(seeds: range) -> Failure | None:
    """The first history that does not hold, as it was drawn."""
    return next((found for number in seeds if (found := chunk(number, shrink=False))), None)


def soak(seeds: range) -> int:
    """Play them on all processors, and show how it goes; how many seeds have a history that does not hold."""
    print(f"{len(seeds) * CHUNK:,} histories, seeds {seeds[0]} to {seeds[-1]}", flush=True)
    began, failures = time.monotonic(), 0
    with Pool(min(len(seeds), os.cpu_count() or 1)) as pool:
        for done, failure in enumerate(pool.imap_unordered(chunk, seeds), 1):
            if failure:
                failures += 1
                print(failure, flush=True)
            if done % 5 == 0 or done == len(seeds):
                passed = time.monotonic() - began
                print(f"{done * CHUNK:,} played in {passed:.0f} s, {failures} failures", flush=True)
    return failures


def main() -> int:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--histories", type=int, default=10_000, help="how many (default: 10,000)")
    parser.add_argument("--seed", type=int, help="of the first hundred (default: another one each time)")
    parser.add_argument("--first", action="store_true", help="only up to the first that does not hold")
    arguments = parser.parse_args()
    first = SystemRandom().randrange(10**6) if arguments.seed is None else arguments.seed
    seeds = range(first, first + -(-arguments.histories // CHUNK))
    if not arguments.first:
        return 1 if soak(seeds) else 0
    if failure := first_failure(seeds):
        print(failure)
    return 1 if failure else 0


if __name__ == "__main__":
    sys.exit(main())
