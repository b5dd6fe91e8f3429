"""Works with packages that it brings, both of them with compiled parts, and says where these are from."""

from pathlib import Path
from typing import Any

import yaml
from countersign_runtime import Task, TaskFailed
from pydantic import BaseModel, PositiveInt, ValidationError
from pydantic import __file__ as pydantic_file
from pydantic_core import _pydantic_core

HERE = Path(__file__).parent


class Order(BaseModel):
    amount: PositiveInt


def handle(request: Any, task: Task) -> Any:
    try:
        order = Order.model_validate(yaml.load(request, yaml.CSafeLoader))
    except ValidationError as problem:
        raise TaskFailed("InvalidOrder", f"{problem.error_count()} error") from None
    files = (yaml._yaml.__file__, pydantic_file, _pydantic_core.__file__)
    return {**order.model_dump(), "brought": [Path(file).is_relative_to(HERE) for file in files]}
