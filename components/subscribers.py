"""Who is subscribed to a topic, each under a name that lasts.

SNS answers a subscription of an address that is subscribed already with the one there is. So a subscription
whose name changes is lost: the new name takes it over, then the old name's deletion ends it. Therefore no
name depends on a place in a list.
https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pulumi

from .common.checks import ArgumentError, each_once, plain, text

ALONE = "1"
"""Name of a list's only Output."""

CREDENTIAL = re.compile(
    r"key|code|([\w ]+ )?(token|secret|password|passwd|passphrase|pwd|sig|signature|hmac|jwt|auth"
    r"|authorization|credential"
    r"|(access|api|app|auth|client|functions?|routing|secret|shared|subscription|webhook) ?key)s?"
)
"""The names, as words in small letters, of query parameters whose values let somebody in."""

RANDOM = re.compile(
    r"(?<![a-z\d])(?=[a-z]*\d)(?=\d*[a-z])[a-z\d]{16,}|[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}", re.IGNORECASE
)
"""What nobody chose as a part of a path: as the key of a webhook it lets somebody in."""

LETTERS = r"[\w.@+-]"
"""What a name is made of. So an address that moves from a list to a mapping can keep its name."""


def subscribers(
    argument: str, options: Mapping[str, Any], pattern: str, what: str, compare: Callable[[str], str]
) -> dict[str, pulumi.Input[str]]:
    """Name → address: those of the list `argument`, each called after its address, and those of the mapping
    `{argument}_by_name`.

    An address matches `pattern`, and so is `what` (`a mail address`); two that `compare` makes the same are
    one. Raises ArgumentError for an address or a name that is none, for one that is there twice, for one that
    must not be shown in the list, and for a second Output there, which would need a name of its own.
    """
    by_name = f"{argument}_by_name"
    names_rule = f"{by_name} must have names of 1 to 256 letters, digits and any of _.@+-"
    for value in options.get(argument, ()):
        if isinstance(value, str) and (what_secret := _secret(value)):
            raise ArgumentError(
                f"{argument} must not hold {what_secret}, since an address there is its subscription's name: "
                f"pass it in {by_name}, as a secret"
            )
    listed = [text(f"{argument} must each be {what}", value, pattern) for value in options.get(argument, ())]
    given = plain(by_name, options.get(by_name, {}), Mapping, "a dict from names to addresses")
    named = [
        (
            str(text(names_rule, name, rf"{LETTERS}{{1,256}}")),
            text(f"{by_name}[{name!r}] must be {what}", value, pattern),
        )
        for name, value in given.items()
    ]
    if (outputs := sum(isinstance(value, pulumi.Output) for value in listed)) > 1:
        how = ", ".join(f"'{number}': ..." for number in range(int(ALONE), outputs + 1))
        raise ArgumentError(
            f"{argument} must hold at most one Output, got {outputs}: "
            f"give them names that last, as in {by_name}={{{how}}}"
        )
    # Two names of one address would have one subscription, which either can end.
    where = f"{argument} and those of {by_name}" if named else argument
    each_once(where, [*listed, *(value for _, value in named)], compare)
    found: dict[str, pulumi.Input[str]] = {}
    for name, value in (*((_own_name(value), value) for value in listed), *named):
        if name in found:
            raise ArgumentError(
                f"{argument} must differ in more than punctuation, and from the names of {by_name}, "
                f"got {name!r} twice: give one another name in {by_name}"
            )
        found[name] = value
    return found


def _secret(address: str) -> str:
    """What in an address looks like a credential, in words; empty if nothing does."""
    try:
        url = urlsplit(address)
    except ValueError:
        return ""
    if url.scheme and "@" in url.netloc:
        return "a password"
    for name, _ in parse_qsl(url.query):
        if CREDENTIAL.fullmatch(_words(name)):
            return f"a value of {name}"
    return "a key in its path" if url.scheme == "https" and RANDOM.search(url.path) else ""


def _words(name: str) -> str:
    """`X-Api-Key`, `xApiKey` and `x_api_key` are `x api key`."""
    return re.sub(r"[\W_]+", " ", re.sub(r"(?<=[a-z\d])(?=[A-Z])", " ", name)).strip().lower()


def _own_name(address: pulumi.Input[str]) -> str:
    """What an address is called in a list."""
    return (
        ALONE
        if isinstance(address, pulumi.Output)
        else re.sub(LETTERS.replace("[", "[^") + "+", "-", str(address))
    )
