"""The life of requests under everything that can happen to them, in any order, with functions dying anywhere.

Functions run at the same time, call by call; `truths.py` says what is proved after each history. `make soak`
plays ten thousand.
"""

from typing import Any

from hypothesis import HealthCheck, example, given
from hypothesis import settings as given_settings

from .steps import Step, histories, settings
from .truths import hold

DIED_WITH_THE_ANSWER_SENT: Step = ("at once", [(("decide", 0, 0, False, False), (4, False))], 0)
A_DAY_LATER_AND_THE_HISTORY_LAGS: list[Step] = [
    ("jump", 100_000),
    ("lag",),
    ("at once", [(("sweep",), (None, False))], 0),
]


@example(setting=(3, 1, 900, 1800), history=[DIED_WITH_THE_ANSWER_SENT, *A_DAY_LATER_AND_THE_HISTORY_LAGS])
@given_settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(setting=settings(), history=histories())
def test_whatever_happens_ends_with_one_answer_and_the_record_equal_to_it(
    setting: tuple[Any, ...], history: list[Step]
) -> None:
    hold(setting, history)
