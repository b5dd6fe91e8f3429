"""Checks an order. What is wrong with one is the task's failure; nothing is tried again."""

from typing import Any

from countersign_runtime import Task, TaskFailed
from pydantic import BaseModel, PositiveInt, ValidationError


class Order(BaseModel):
    item: str
    count: PositiveInt = 1


def handle(request: Any, _: Task) -> Any:
    try:
        return Order.model_validate(request).model_dump()
    except ValidationError as problem:
        wrong = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in problem.errors()]
        raise TaskFailed("InvalidOrder", "; ".join(wrong)) from None
