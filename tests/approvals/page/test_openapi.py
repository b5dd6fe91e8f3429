"""docs/openapi.yaml says what the page answers: every key, every state, every status."""

from pathlib import Path
from typing import Any

import yaml
from approvals.page.visit import _STATUS

from tests.approvals.world import asked

DOCUMENT: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parents[3] / "docs" / "openapi.yaml").read_text("utf-8")
)
SCHEMAS = DOCUMENT["components"]["schemas"]
PATH = DOCUMENT["paths"]["/r/{link}"]
FIELDS = [{"name": "note"}, {"name": "share", "type": "number", "minimum": 1, "required": True}]


def check(value: Any, schema: dict[str, Any], where: str = "") -> None:
    """The part of JSON Schema that the document uses."""
    if "$ref" in schema:
        schema = SCHEMAS[schema["$ref"].rpartition("/")[2]]
    if "enum" in schema:
        assert value in schema["enum"], where
    kinds: dict[str, Any] = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}
    if (kind := kinds.get(schema.get("type", ""))) is not None:
        assert isinstance(value, kind), where
    if isinstance(value, dict) and "properties" in schema:
        assert set(schema.get("required", ())) <= set(value), where
        if schema.get("additionalProperties") is False:
            assert set(value) <= set(schema["properties"]), where
        for key, each in value.items():
            check(each, schema["properties"].get(key, {}), f"{where}.{key}")
    for number, each in enumerate(value if isinstance(value, list) else ()):
        check(each, schema.get("items", {}), f"{where}[{number}]")


def test_what_is_answered_is_what_the_document_says() -> None:
    world, task = asked({"subject": "s", "details": {"a": 1}, "fields": FIELDS, "requester": "dan"}, quorum=2)
    link, second = world.link(task), world.link(task, 1)
    answers = [
        world.post_json(link, {}),
        world.post_json(link, {"outcome": "approved", "fields": {"share": 0}}),
        world.post_json(link, {"outcome": "approved", "fields": {"share": 1}}),
        world.post_json(link, {"outcome": "rejected", "comment": "no"}),
        world.post_json(second, {"outcome": "rejected", "comment": "no"}),
        world.post_json(world.link(task, 2), {"outcome": "approved", "fields": {"share": 1}}),
    ]
    assert [answer["statusCode"] for answer in answers] == [422, 422, 200, 409, 200, 409]
    for answer in answers:
        assert str(answer["statusCode"]) in PATH["post"]["responses"]
        check(answer["json"], SCHEMAS["Request"])
    check(world.post_json("nonsense", {})["json"], SCHEMAS["Refusal"])


def test_every_method_and_every_refusal_is_in_the_document() -> None:
    assert {"get", "head", "options", "post"} <= set(PATH)
    assert set(SCHEMAS["Refusal"]["properties"]["error"]["enum"]) == set(_STATUS)
    documented = {status for method in ("get", "post") for status in PATH[method]["responses"]}
    assert {str(status) for name, status in _STATUS.items() if name != "method"} <= documented
