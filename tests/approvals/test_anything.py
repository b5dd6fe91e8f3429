"""Whatever is asked is asked or refused in words, and whatever is sent to the page is answered."""

import json
from typing import Any
from urllib.parse import urlencode

from hypothesis import example, given
from hypothesis import strategies as st

from countersign_contract.approvals import request as ask
from countersign_contract.approvals.request import InvalidAsk, Rules

from .world import ANN, BOB, World

text = st.text(alphabet=st.characters(), max_size=12)
number = (
    st.integers() | st.floats() | st.sampled_from([10**400, float("inf"), "1e999999999999", "1e-999999999"])
)
scalar = st.none() | st.booleans() | number | text
anything = st.recursive(
    scalar, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3), max_leaves=8
)
field = st.fixed_dictionaries(
    {"name": st.just("a") | anything},
    optional={
        **dict.fromkeys(("label", "help", "default", "required"), anything),
        **dict.fromkeys(("minimum", "maximum", "whole", "maxLength"), anything),
        "type": st.sampled_from(["text", "number", "choice", "boolean"]) | anything,
        "options": st.lists(text, max_size=3) | anything,
    },
)
asked = st.fixed_dictionaries(
    {"subject": st.just("s") | anything},
    optional={
        "details": anything,
        "fields": st.lists(field, max_size=3) | anything,
        "approvers": st.lists(st.sampled_from([ANN, BOB]) | anything, max_size=3) | anything,
        "quorum": number | anything,
        "requester": st.sampled_from([ANN, f"x <{BOB}>"]) | text | anything,
    },
)


@given(asked | anything)
@example({"subject": "s", "quorum": float("inf")})
@example({"subject": "s", "quorum": float("nan")})
@example({"subject": "s", "details": [float("inf")]})
@example({"subject": "s", "fields": [{"name": "a", "type": []}]})
@example({"subject": "s", "fields": [{"name": "a", "type": "number", "default": "1e999999999999"}]})
def test_whatever_is_asked_is_asked_or_refused_in_words(request: Any) -> None:
    try:
        found = ask.parse(request, Rules((ANN, BOB)))
    except InvalidAsk:
        return
    assert 1 <= found.quorum <= len(set(found.approvers))
    json.loads(json.dumps([found.details, [dict(each) for each in found.specification]], allow_nan=False))


FIELDS = [
    {"name": "n", "type": "number", "minimum": -5},
    {"name": "c", "type": "choice", "options": ["a", "b"]},
    {"name": "b", "type": "boolean"},
    {"name": "t", "maxLength": 5},
]
sent = st.fixed_dictionaries(
    {},
    optional={
        "outcome": st.sampled_from(["approved", "rejected"]) | anything,
        "comment": text | anything,
        "fields": st.fixed_dictionaries({}, optional=dict.fromkeys("ncbt", anything)) | anything,
    },
)


@given(
    st.builds(lambda body: (json.dumps(body), "application/json"), sent | anything)
    | st.builds(
        lambda form: (urlencode(form, errors="replace"), "application/x-www-form-urlencoded"),
        st.dictionaries(
            st.sampled_from(["outcome", "comment", "field-n", "field-c", "field-b", "field-t"]) | text,
            st.sampled_from(["approved", "rejected", "1e1000000", "-0", "b"]) | text,
            max_size=6,
        ),
    )
    | st.tuples(text, text),
    st.dictionaries(
        st.sampled_from(["accept", "accept-language", "origin", "host", "sec-fetch-site", "user-agent"]),
        st.sampled_from(["https://[", "ko;q=", "application/json", "*/*", "ko;q=nan,en;q=inf"]) | text,
        max_size=3,
    ),
)
@example(("outcome=approved&field-n=1e1000000", "application/x-www-form-urlencoded"), {})
@example(("outcome=approved", "application/x-www-form-urlencoded"), {"origin": "https://["})
def test_whatever_is_sent_to_the_page_is_answered(body: tuple[str, str], headers: dict[str, str]) -> None:
    world = World(quorum=2)
    task = world.take(world.wait({"subject": "s", "fields": FIELDS}))
    for _ in range(2):
        names: Any = {name.replace("-", "_"): value for name, value in headers.items()}
        answer = world.call(world.link(task), "POST", body[0], content_type=body[1], **names)
        assert answer["statusCode"] in (200, 303, 403, 409, 413, 415, 422)
        json.dumps(answer, ensure_ascii=False).encode()
