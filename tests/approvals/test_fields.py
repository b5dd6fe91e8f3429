"""Fields: what may be asked for, and what may be filled in."""

from typing import Any

import pytest
from hypothesis import given

from countersign_contract.approvals import fields
from countersign_contract.approvals.fields import InvalidField
from tests.support.anything import json_values


@pytest.mark.parametrize(
    ("specification", "message"),
    [
        ("text", "fields must be a list, got str"),
        ([7], "field 1 must be an object, got int"),
        ([{}], "field 1: name must be 1 to 64 letters, digits or _, a letter first, got None"),
        ([{"name": "a b"}], "field 1: name must be 1 to 64 letters"),
        ([{"name": "a"}, {"name": "a"}], "fields must have names of their own, got 'a' twice"),
        ([{"name": "a", "maxlength": 3}], "field a: a text has no 'maxlength'"),
        ([{"name": "a", "type": "choice"}], "field a: options must be 1 to 50 texts"),
        (
            [{"name": "a", "type": "choice", "options": ["x", "x"]}],
            "field a: options must be there once each",
        ),
        (
            [{"name": "a", "type": "choice", "options": ["x y", "x\u200e  y"]}],
            "field a: options must be there once each, as they are shown",
        ),
        ([{"name": "a", "type": "choice", "options": ["x", "\u200e "]}], "field a: options must be 1 to 50"),
        ([{"name": "a", "type": []}], "field a: type must be one of text, number, choice, boolean, got []"),
        ([{"name": "a", "type": {}}], "field a: type must be one of text, number, choice, boolean, got {}"),
        (
            [{"name": "a", "type": "number", "default": "1e999999999999"}],
            "field a: default must be a valid value, got '1e999999999999'",
        ),
        (
            [{"name": "a", "type": "number", "minimum": 2, "maximum": 1}],
            "field a: minimum must not be above maximum",
        ),
        ([{"name": "a", "type": "number", "minimum": "1"}], "field a: minimum must be a number"),
        (
            [{"name": "a", "type": "number", "default": "x"}],
            "field a: default must be a valid value, got 'x'",
        ),
        ([{"name": "a", "required": "yes"}], "field a: required must be a bool, got 'yes'"),
        ([{"name": "a", "maxLength": 0}], "field a: maxLength must be between 1 and 16000, got 0"),
        ([{"name": f"a{n}", "maxLength": 9000} for n in range(2)], "maxLength of all text fields together"),
        ([{"name": f"a{n}"} for n in range(21)], "fields must be at most 20, got 21"),
    ],
)
def test_a_field_that_cannot_be_asked_for_is_refused_in_words(specification: Any, message: str) -> None:
    with pytest.raises(InvalidField) as refused:
        fields.parse(specification)
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize(
    ("specification", "given_value", "expected"),
    [
        ({"type": "text"}, "a\r\nb", "a\nb"),
        ({"type": "text"}, "   ", None),
        ({"type": "text", "required": True}, " ", "required"),
        ({"type": "text", "maxLength": 3}, "abcd", "too_long"),
        ({"type": "text"}, 7, "text"),
        ({"type": "text"}, "a\u200eb\x00", "ab"),
        ({"type": "text", "required": True}, "\u061c", "required"),
        ({"type": "number"}, "12", 12),
        ({"type": "number"}, " 3.50 ", 3.5),
        ({"type": "number"}, 3.0, 3),
        ({"type": "number"}, "1e3", 1000),
        ({"type": "number"}, "12a", "number"),
        ({"type": "number"}, "NaN", "number"),
        ({"type": "number"}, "Infinity", "number"),
        ({"type": "number"}, "1e400", "number"),
        ({"type": "number"}, "1e1000000", "number"),
        ({"type": "number"}, "-1e1000000", "number"),
        ({"type": "number"}, "1e99999999999999999999", "number"),
        ({"type": "number"}, True, "number"),
        ({"type": "number"}, [1], "number"),
        ({"type": "number", "whole": True}, "1.5", "whole"),
        ({"type": "number", "minimum": 0.1}, "0.1", 0.1),
        ({"type": "number", "minimum": 0.1}, "0.09", "minimum"),
        ({"type": "number", "maximum": 5}, "5.01", "maximum"),
        ({"type": "choice", "options": ["a", "b"]}, "b", "b"),
        ({"type": "choice", "options": ["a", "b"]}, "c", "choice"),
        ({"type": "choice", "options": ["a\u200eb", "b"]}, "a\u200eb", "a\u200eb"),
        ({"type": "choice", "options": ["a\u200eb", "b"]}, "ab", "a\u200eb"),
        ({"type": "choice", "options": ["a\nb", "b"]}, "a\r\nb", "a\nb"),
        ({"type": "choice", "options": ["a", "b"]}, ["a"], "choice"),
        ({"type": "boolean"}, None, False),
        ({"type": "boolean"}, "true", True),
        ({"type": "boolean"}, False, False),
        ({"type": "boolean", "required": True}, None, "tick"),
        ({"type": "boolean", "required": True}, False, "tick"),
        ({"type": "boolean"}, "maybe", "boolean"),
    ],
)
def test_what_is_filled_in_is_read_or_refused(
    specification: dict[str, Any], given_value: Any, expected: Any
) -> None:
    (field,) = fields.parse([{"name": "x", **specification}])
    values, wrong = fields.read([field], {"x": given_value, "other": 1})
    if wrong:
        assert wrong["x"].rule == expected
    else:
        assert values == {"x": expected}
        assert type(values["x"]) is type(expected)


@given(json_values)
def test_no_specification_and_no_value_crashes(value: Any) -> None:
    for specification in (
        value,
        [value],
        [{"name": "a", "type": "number", "minimum": value, "default": value}],
    ):
        try:
            parsed = fields.parse(specification)
        except InvalidField:
            continue
        fields.read(parsed, {field.name: value for field in parsed})
    options = {"choice": {"options": ["a"]}}
    every = fields.parse([{"name": kind, "type": kind, **options.get(kind, {})} for kind in fields._OWN])
    fields.read(every, {field.name: value for field in every})
