"""The page over HTTP: what reading and deciding do, for browsers and for JSON clients."""

import json
from http import HTTPStatus

import pytest
from approvals.request.model import Outcome, Status

from .world import ANN, BASE, BOB, FORM, World, asked

WINDOW = {"name": "window", "type": "choice", "options": ["now", "later"], "required": True}
FIELDS = [
    {"label": "Release window", **WINDOW},
    {"name": "share", "label": "Share", "type": "number", "minimum": 1, "maximum": 100, "default": 5},
    {"name": "note", "type": "text", "maxLength": 10},
]


def test_approving_ends_the_task_with_outcome_decisions_and_fields() -> None:
    world, task = asked({"subject": "Release 1.4", "fields": FIELDS})
    answer = world.post(
        world.link(task), outcome="approved", comment="Fine", field_window="now", field_share="7.5"
    )
    assert answer["statusCode"] == HTTPStatus.SEE_OTHER
    assert answer["headers"]["location"] == world.link(task)
    (accepted,) = world.states.accepted
    assert accepted.output == {
        "requestId": task.id,
        "outcome": "approved",
        "fields": {"window": "now", "share": 7.5, "note": None},
        "decisions": [
            {
                "approver": ANN,
                "outcome": "approved",
                "comment": "Fine",
                "at": "2027-01-15T08:00:00Z",
                "fields": {"window": "now", "share": 7.5, "note": None},
            }
        ],
    }
    for _ in range(2):
        page = world.call(world.link(task))
        assert page["statusCode"] == HTTPStatus.OK
        assert "the workflow has gone on" in page["body"], "also before it is on record"
        world.nudges()
    record = world.record(task)
    assert (record.request.status, record.request.outcome) == (Status.DELIVERED, Outcome.APPROVED)
    assert record.request.token == "", "a closed request has no use for its token"


def test_rejecting_fails_the_task_with_the_same_as_json() -> None:
    world, task = asked()
    world.post(world.link(task, 1), outcome="rejected", comment="Not <today> & not\r\ntomorrow")
    (accepted,) = world.states.accepted
    assert accepted.error == "ApprovalRejected"
    cause = json.loads(accepted.cause)
    assert cause["requestId"] == task.id
    assert cause["outcome"] == "rejected"
    assert cause["decisions"] == [
        {
            "approver": BOB,
            "outcome": "rejected",
            "comment": "Not <today> & not\ntomorrow",
            "at": "2027-01-15T08:00:00Z",
            "fields": {},
        }
    ]
    assert "Not &lt;today&gt; &amp; not" in world.call(world.link(task))["body"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"])
def test_nothing_but_a_post_changes_anything(method: str) -> None:
    world, task = asked()
    before = json.dumps(sorted(world.dynamodb.items.items()), default=str)
    for _ in range(30):
        answer = world.call(world.link(task), method, "outcome=approved", accept="text/html")
    assert json.dumps(sorted(world.dynamodb.items.items()), default=str) == before
    assert not world.states.accepted
    assert answer["statusCode"] == {"GET": 200, "HEAD": 200, "OPTIONS": 204}.get(method, 405)
    assert (method != "HEAD") or answer["body"] == ""


def test_every_response_keeps_the_link_and_the_page_to_itself() -> None:
    world, task = asked()
    link = world.link(task)
    for answer in (
        world.call(link),
        world.call("nonsense"),
        world.call(link, "PUT"),
        world.call(link, "OPTIONS"),
        world.post(link, outcome="maybe"),
        world.post(link, outcome="approved"),
        world.call(link, accept="application/json"),
    ):
        headers = answer["headers"]
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-frame-options"] == "DENY"
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "set-cookie" not in headers
        assert link not in answer["body"]


def test_what_is_wrong_is_shown_beside_the_field_and_nothing_typed_is_lost() -> None:
    world, task = asked({"subject": "Release", "fields": FIELDS})
    answer = world.post(
        world.link(task),
        outcome="approved",
        comment='"<typed>"',
        field_window="",
        field_share="900",
        field_note="x" * 11,
    )
    assert answer["statusCode"] == HTTPStatus.UNPROCESSABLE_ENTITY
    body = answer["body"]
    assert "&quot;&lt;typed&gt;&quot;" in body
    assert 'value="900"' in body
    assert "x" * 11 in body
    for name, text in (
        ("window", "Please fill this in."),
        ("share", "Please write at most 100."),
        ("note", "At most 10 characters, please; these are 11."),
    ):
        assert f'<p class="error" id="field-{name}-error">{text}</p>' in body
        assert f'aria-describedby="field-{name}-error"' in body
        assert f'href="#field-{name}"' in body
    assert world.record(task).request.status is Status.OPEN
    assert not world.states.accepted


def test_a_rejection_needs_a_comment_unless_the_option_says_otherwise() -> None:
    world, task = asked({"subject": "Release", "fields": FIELDS})
    assert world.post(world.link(task), outcome="rejected", comment="  ")["statusCode"] == 422
    world.comment_on_reject = False
    assert world.post(world.link(task), outcome="rejected")["statusCode"] == 303
    assert world.record(task).request.outcome is Outcome.REJECTED


def test_a_quorum_of_two_needs_two_people_and_one_rejection_rejects() -> None:
    world = World(quorum=2)
    first, second = world.take(world.wait(execution="a")), world.take(world.wait(execution="b"))
    for task in (first, second):
        assert world.post(world.link(task, 0), outcome="approved")["statusCode"] == 303
        page = world.call(world.link(task, 0))
        assert page["statusCode"] == 200
        assert "You have decided" in page["body"]
        assert "<strong>1 of 2</strong>" in world.call(world.link(task, 1))["body"]
    assert not world.states.accepted
    world.post(world.link(first, 1), outcome="approved")
    world.post(world.link(second, 2), outcome="rejected", comment="no")
    outcomes = [world.record(task).request.outcome for task in (first, second)]
    assert outcomes == [Outcome.APPROVED, Outcome.REJECTED]
    assert len(world.states.accepted) == 2


def test_a_choice_reaches_the_workflow_as_it_was_written() -> None:
    options = ["a\u200eb", "two\nlines", " \u05d3\u05d5\u05d3 "]
    shown = ["ab", "two lines", "\u05d3\u05d5\u05d3"]
    field = {"name": "c", "type": "choice", "options": options, "required": True}
    for option, sent in zip(options, shown, strict=True):
        for way in ("form", "json"):
            world, task = asked({"subject": "s", "fields": [field]})
            assert f'<option value="{sent}">{sent}</option>' in world.call(world.link(task))["body"]
            if way == "form":
                world.post(world.link(task), outcome="approved", field_c=sent)
            else:
                world.post_json(world.link(task), {"outcome": "approved", "fields": {"c": option}})
            assert world.states.accepted[0].output["fields"] == {"c": option}
    wrong = world.post(world.link(world.take(world.wait({"subject": "s", "fields": [field]}))), field_c="ab")
    assert '<option value="ab" selected>' in wrong["body"], "what was chosen stays chosen"


def test_json_clients_read_decide_and_are_told_what_is_wrong() -> None:
    world, task = asked({"subject": "Release", "details": {"a": [1, None]}, "fields": FIELDS})
    link = world.link(task)
    seen = world.get_json(link)
    assert seen["state"] == "open"
    assert seen["details"] == {"a": [1, None]}
    assert seen["fields"] == FIELDS
    assert (seen["you"], seen["yourDecision"]) == (ANN, None)
    assert seen["deadline"] == "2027-01-15T09:00:00Z"
    wrong = world.post_json(link, {"outcome": "approved", "fields": {"window": "never"}})
    assert wrong["statusCode"] == 422
    assert wrong["json"]["problems"] == {
        "field-window": {"rule": "choice", "text": "Please choose one of the list."}
    }
    done = world.post_json(link, {"outcome": "approved", "fields": {"window": "now", "share": 3}})
    assert done["statusCode"] == 200
    assert (done["json"]["state"], done["json"]["yourDecision"]) == ("delivered", "approved")
    again = world.post_json(world.link(task, 1), {"outcome": "rejected", "comment": "no"})
    assert (again["statusCode"], again["json"]["error"]) == (409, "others")
    assert world.post_json("nonsense", {})["json"]["error"] == "unknown"


@pytest.mark.parametrize(
    ("body", "media", "status"),
    [
        ("{", "application/json", 415),
        ("[]", "application/json", 415),
        ('{"outcome": 7}', "application/json", 415),
        ('{"outcome": "approved", "fields": []}', "application/json", 415),
        ("[" * 100_000, "application/json", 415),
        ("outcome=approved", "multipart/form-data", 415),
        ("outcome=approved", "", 415),
        ("comment=" + "x" * 300_000, FORM, 413),
        ("&".join(f"a{n}=1" for n in range(300)), FORM, 415),
        ("outcome=approved&outcome=rejected&comment=", FORM, 415),
        ("comment=" + "x" * 2001 + "&outcome=approved", FORM, 422),
        ("outcome=%ff%fe", FORM, 422),
    ],
)
def test_a_body_that_is_no_decision_decides_nothing(body: str, media: str, status: int) -> None:
    world, task = asked()
    answer = world.call(world.link(task), "POST", body, content_type=media)
    assert answer["statusCode"] == status
    assert world.record(task).request.status is Status.OPEN


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "same-site"}, 403),
        ({"origin": "https://evil.test"}, 403),
        # What is no address is another site.
        *[({"origin": origin}, 403) for origin in ("https://[bad", "https://[::1", "https://a]b")],
        ({"origin": "https://\u2100.test"}, 403),
        ({"sec_fetch_site": "same-origin", "origin": "null"}, 303),
        ({"sec_fetch_site": "none"}, 303),
        ({"origin": "https://approvals.test"}, 303),
        ({"origin": "null"}, 303),
    ],
)
def test_another_site_cannot_send_a_decision(headers: dict[str, str], status: int) -> None:
    world, task = asked()
    answer = world.call(world.link(task), "POST", "outcome=approved", None, content_type=FORM, **headers)
    assert answer["statusCode"] == status


def test_the_audit_says_who_decided_when_from_where_and_with_what() -> None:
    world, task = asked(quorum=2)
    world.post(world.link(task), outcome="approved")
    world.post(world.link(task, 1), outcome="approved")
    world.nudges()
    audit = [
        {key: value["S"] for key, value in item.items() if "S" in value}
        for item in world.dynamodb.of(task.id, "A#")
    ]
    assert [entry["what"] for entry in audit] == ["requested", "decided", "decided", "delivered"]
    assert [entry["status"] for entry in audit] == ["open", "open", "decided", "delivered"]
    expected = {
        "approver": ANN,
        "decision": "approved",
        "source_address": "192.0.2.7",
        "user_agent": "Browser/1",
        "at": "2027-01-15T08:00:00.000Z",
        "by": "page",
    }
    assert audit[1].items() >= expected.items()


def test_when_a_service_fails_the_page_says_so_and_nothing_of_the_link() -> None:
    world, task = asked()
    link = world.link(task)
    world.dynamodb.query = lambda **_: 1 / 0  # type: ignore[method-assign, assignment]
    answer = world.call(link)
    assert answer["statusCode"] == 503
    assert answer["headers"]["retry-after"] == "5"
    assert link not in json.dumps(answer)
    assert BASE not in json.dumps(answer)
