"""The rule that keeps web pages away from the servers of this machine, one row a kind of request."""

import pytest

from local.server.origins import refusal

HOST = "127.0.0.1:4566"
OWN = f"http://{HOST}"
EVIL = "https://evil.example"
NAVIGATION = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
FROM_A_LINK = {"Host": HOST, "Sec-Fetch-Site": "cross-site", **NAVIGATION}
FROM_THE_INBOX = {"Host": HOST, "Sec-Fetch-Site": "same-site", **NAVIGATION}

ANSWERED = {
    "a program": ("POST", {"Host": HOST}),
    "a program that says localhost": ("POST", {"Host": "localhost:4566"}),
    "without a port": ("GET", {"Host": "localhost"}),
    "through another port, forwarded": ("POST", {"Host": "127.0.0.1:9"}),
    "an address that was typed": ("GET", {"Host": HOST, "Sec-Fetch-Site": "none", **NAVIGATION}),
    "a form of its own page": ("POST", {"Host": HOST, "Origin": OWN, "Sec-Fetch-Site": "same-origin"}),
    "a form of its own page that sends no referrer": (
        "POST",
        {"Host": HOST, "Origin": "null", "Sec-Fetch-Site": "same-origin", **NAVIGATION},
    ),
    "a form of its own page, in a browser that says no more": ("POST", {"Host": HOST, "Origin": OWN}),
    "localhost's own page": ("POST", {"Host": "localhost:4566", "Origin": "http://localhost:4566"}),
}

REFUSED = {
    "no host": ("GET", {}),
    "an empty host": ("GET", {"Host": ""}),
    "a name that leads here": ("GET", {"Host": "evil.example:4566", "Sec-Fetch-Site": "same-origin"}),
    "a name that begins like it": ("GET", {"Host": "127.0.0.1.evil.example"}),
    "a name that ends like it": ("GET", {"Host": "evil.localhost:4566"}),
    "a name with a dot": ("GET", {"Host": "localhost.:4566"}),
    "a name with a user": ("GET", {"Host": "localhost:4566@evil.example"}),
    "a line more": ("GET", {"Host": "localhost:4566\n"}),
    "another address of this machine": ("GET", {"Host": "127.0.0.2:4566"}),
    "a page elsewhere": ("POST", {"Host": HOST, "Origin": EVIL, "Sec-Fetch-Site": "cross-site"}),
    "a page elsewhere, in a browser that says no more": ("POST", {"Host": HOST, "Origin": EVIL}),
    "an image elsewhere": (
        "GET",
        {"Host": HOST, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    ),
    "a page on another port": ("POST", {"Host": HOST, "Origin": "http://127.0.0.1:5000"}),
    "a page on another port, by its site": ("POST", {"Host": HOST, "Sec-Fetch-Site": "same-site"}),
    "the other name of this machine": ("POST", {"Host": HOST, "Origin": "http://localhost:4566"}),
    "another scheme": ("POST", {"Host": HOST, "Origin": f"https://{HOST}"}),
    "a sandbox": ("POST", {"Host": HOST, "Origin": "null", "Sec-Fetch-Site": "cross-site"}),
    "a sandbox, in a browser that says no more": ("POST", {"Host": HOST, "Origin": "null"}),
    "two answers to one question": ("POST", {"Host": HOST, "Origin": OWN, "Sec-Fetch-Site": "cross-site"}),
    "own site, origin elsewhere": ("POST", {"Host": HOST, "Origin": EVIL, "Sec-Fetch-Site": "same-origin"}),
    "a site nobody knows": ("GET", {"Host": HOST, "Sec-Fetch-Site": "moon"}),
    "an empty site": ("GET", {"Host": HOST, "Sec-Fetch-Site": ""}),
    "an empty origin": ("POST", {"Host": HOST, "Origin": ""}),
    "a question whether it may": (
        "OPTIONS",
        {"Host": HOST, "Origin": EVIL, "Access-Control-Request-Method": "POST"},
    ),
    "a link to a call of AWS": ("GET", FROM_A_LINK),
    "a link to a call of AWS, from the inbox": ("GET", FROM_THE_INBOX),
}

PAGES_REFUSED = {
    "a form elsewhere": ("POST", {**FROM_A_LINK, "Origin": EVIL}),
    "a form elsewhere that hides its origin": ("POST", {**FROM_A_LINK, "Origin": "null"}),
    "a form elsewhere without origin": ("POST", FROM_A_LINK),
    "a form on another port": ("POST", {**FROM_THE_INBOX, "Origin": "http://127.0.0.1:5000"}),
    "a frame elsewhere": ("GET", {**FROM_A_LINK, "Sec-Fetch-Dest": "iframe"}),
    "a fetch elsewhere": ("GET", {**FROM_A_LINK, "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}),
    "a fetch with an origin": ("GET", {**FROM_A_LINK, "Origin": EVIL}),
    "a fetch in a browser that says no more": ("GET", {"Host": HOST, "Origin": EVIL}),
    "a deletion": ("DELETE", FROM_A_LINK),
    "a name that leads here": ("GET", {**FROM_A_LINK, "Host": "evil.example"}),
}


@pytest.mark.parametrize("page", [False, True], ids=["call", "page"])
@pytest.mark.parametrize("case", ANSWERED)
def test_programs_and_own_pages_are_answered(case: str, page: bool) -> None:
    method, headers = ANSWERED[case]
    assert refusal(method, headers.items(), page=page) is None


@pytest.mark.parametrize("case", REFUSED)
def test_everybody_else_is_refused_in_one_line(case: str) -> None:
    method, headers = REFUSED[case]
    reason = refusal(method, headers.items())
    assert reason
    assert reason.isprintable()


@pytest.mark.parametrize("headers", [FROM_A_LINK, FROM_THE_INBOX], ids=["in a web mail", "in the inbox"])
def test_a_link_elsewhere_may_lead_to_a_page(headers: dict[str, str]) -> None:
    assert refusal("GET", headers.items(), page=True) is None


@pytest.mark.parametrize("case", PAGES_REFUSED)
def test_a_page_may_not_be_used_from_elsewhere(case: str) -> None:
    method, headers = PAGES_REFUSED[case]
    assert refusal(method, headers.items(), page=True)


@pytest.mark.parametrize("name", ["Host", "Origin", "Sec-Fetch-Site"])
def test_what_is_said_twice_is_not_believed(name: str) -> None:
    said = {"Host": HOST, "Origin": OWN, "Sec-Fetch-Site": "same-origin"}
    assert refusal("POST", said.items()) is None
    assert refusal("POST", [*said.items(), (name, said[name])])


def test_names_of_headers_have_no_case() -> None:
    assert refusal("POST", [("HOST", HOST), ("oRiGiN", EVIL)])
    assert refusal("POST", [("host", HOST)]) is None


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"Host": "evil.example"}, "Host must be 127.0.0.1 or localhost, got 'evil.example'"),
        ({}, "Host must be 127.0.0.1 or localhost, got nothing"),
        ({"Host": HOST, "Origin": EVIL}, f"Origin must be {OWN} or absent, got '{EVIL}'"),
        (
            {"Host": HOST, "Sec-Fetch-Site": "cross-site"},
            "pages of another origin get no answer here: Sec-Fetch-Site is 'cross-site'",
        ),
    ],
)
def test_the_reason_names_the_header_the_rule_and_the_value(headers: dict[str, str], reason: str) -> None:
    assert refusal("GET", headers.items()) == reason
