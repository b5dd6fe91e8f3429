"""Everything that is computed from data: paths, intrinsic functions, JSONata, and templates of them."""

import re
from typing import Any

from ..language import context, intrinsics, paths
from ..language import jsonata as jsonata_language
from ..language.query import is_expression
from ..report.display import Unknown, show
from . import variables
from .scope import Site

TOKEN = ("Task", "Token")
_BEFORE_ITEMS = ("InputPath", "ItemsPath", "Items")
_ADDRESS = re.compile(r"://|[?&][\w.~-]+=$")
_ADDRESS_AND_TOKEN = re.compile(
    r"(?:://|[?&][\w.~-]{1,80}=)[^\s'\"]{0,120}['\"]\s{0,80}&\s{0,80}(?:\$encodeUrl(?:Component)?\(\s{0,80})?"
    r"\$states\.context\.Task\.Token\b"
)
"""In an expression: the end of a string that holds a web address, and the token behind it."""
_SEARCHED = 10_000
_NO_TOKEN = "use it in the state whose Resource ends in .waitForTaskToken"  # noqa: S105 - an advice


def is_data(text: str) -> bool:
    """Whether a string is written like a path or an intrinsic function."""
    if text.startswith("States."):
        return intrinsics.parse(text).problem is None
    return text[:1] == "$" and paths.parse(text) is not None


def _is_plain(text: str) -> bool:
    """Whether a path is one that is right wherever it stands: most are, and the rest is for a parser."""
    return (text[:2] == "$." and text[2:].isidentifier()) or text in context.ALWAYS


def path(site: Site, field: str, text: str, *, reference: bool = False) -> None:
    """Check a path."""
    if _is_plain(text):
        return
    parsed = paths.parse(text)
    if parsed is None:
        site.add("path", field, f"{show(text)} is no path", "write $.name, $$.name, $variable or $['a name']")
        return
    if reference and not parsed.reference:
        message = f"{show(text)} may be many places"
        site.add("reference-path", field, message, "name one place: only .name, ['name'] and [0]")
    _check_root(site, field, parsed)


def _check_root(site: Site, field: str, parsed: paths.Path) -> None:
    if parsed.root == "$$":
        _check_context(site, field, parsed.names)
    elif parsed.root != "$":
        _check_variable(site, field, parsed.root[1:])


def _check_variable(site: Site, field: str, name: str) -> None:
    found = variables.missing(site, name)
    if found is not None:
        # An expression goes on with nothing, and a rule may just ask whether the variable is there.
        compared = field.startswith("Choices[") and ".Assign" not in field
        site.add("variable-undefined" if site.jsonata or compared else "variable-unassigned", field, *found)


def _check_context(site: Site, field: str, names: tuple[str, ...]) -> None:
    found = context.problem(names)
    if found is not None:
        site.add("context-path", field, *found)
    elif names[:2] == TOKEN and not site.token:
        site.add("token-outside-wait", field, "there is no task token here", _NO_TOKEN)
    elif names[:1] == ("Map",) and not site.scope.in_map and (site.kind != "Map" or field in _BEFORE_ITEMS):
        message = "$$.Map is there only inside a Map"
        if site.kind == "Map":
            message = "$$.Map is there only for an item, and this chooses the items"
        site.add("context-path", field, message, "take the value from the state's input")


def intrinsic(site: Site, field: str, function: str, *, text: bool = False) -> None:
    """Check an intrinsic function with all that is in it; one that gives a text, if `text`."""
    call = intrinsics.parse(function)
    if call.problem is not None:
        rule, message, fix = call.problem
        site.add(rule, field, message, fix)
        return
    if text and not intrinsics.FUNCTIONS[call.name].text:
        fix = f"use one of {', '.join(name for name, one in intrinsics.FUNCTIONS.items() if one.text)}"
        site.add("field-value", field, f"{call.name} gives no string", fix)
    for parsed in call.paths:
        _check_root(site, field, parsed)
    if any(parsed.names[:2] == TOKEN and _ADDRESS.search(word) for word, parsed in call.behind):
        token_in_address(site, field)


def token_in_address(site: Site, field: str) -> None:
    """Report the task token in a web address."""
    message = "the task token is put into a web address, which browsers, mail scanners and logs keep"
    fix = "link to something that looks the token up, such as an ApprovalApi, or send it in a body"
    site.add("token-in-address", field, message, fix)


def template(site: Site, field: str, node: Any) -> None:
    """Check a payload template."""
    if isinstance(node, dict):
        for key, item in node.items():
            if key[-2:] == ".$":
                if not site.jsonata:
                    if not (isinstance(item, str) and _is_plain(item)):
                        _looked_up(site, f"{field}.{key}", item)
                    if key[:-2] in node:
                        message = f"{key[:-2]} and {key} are one field"
                        site.add("template-twice", f"{field}.{key}", message, "remove one")
                    continue
                _path_key(site, field, key, item)
                if isinstance(item, str) and not item.startswith("{%"):
                    continue
            if _may_be_computed(site, item):
                template(site, f"{field}.{key}", item)
    elif isinstance(node, list):
        for index, item in enumerate(node):
            if _may_be_computed(site, item):
                template(site, f"{field}[{index}]", item)
    elif _may_be_computed(site, node):
        (jsonata_text if site.jsonata else _literal)(site, field, node)


def _may_be_computed(site: Site, node: Any) -> bool:
    """Whether something is to be looked into: most of what definitions hold is plain text."""
    if isinstance(node, str):
        return site.jsonata or node[:1] in ("$", "S", "{")
    return isinstance(node, (dict, list))


def _looked_up(site: Site, field: str, item: Any) -> None:
    """Check what a field that ends with .$ holds."""
    if isinstance(item, Unknown):
        return
    if not isinstance(item, str):
        fix = "take .$ off the name, or give a path"
        site.must("template-value", field, "a path or an intrinsic function", item, fix)
    elif item.startswith("States."):
        intrinsic(site, field, item)
    elif item.startswith("$"):
        path(site, field, item)
    else:
        message = f"{show(item)} is neither a path nor an intrinsic function"
        site.add("template-value", field, message, "start it with $ or States., or take .$ off the name")


def _literal(site: Site, field: str, text: str) -> None:
    """A string that looks as if it were to be computed, where nothing is."""
    in_array = field.endswith("]")
    if text.startswith("$$.Task.Token"):
        name = field.rpartition(".")[2]
        fix = "put it into a field of its own" if in_array else f"name the field {name}.$"
        site.add("token-literal", field, f"{show(text)} is passed as this text", fix)
    elif (text.startswith(("$.", "$$.", "$[", "States.")) and is_data(text)) or _is_variable(site, text):
        array, name = "build the array with States.Array(…)", "put .$ at the end of the field's name"
        site.add("literal-path", field, f"{show(text)} is passed as this text", array if in_array else name)
    elif text.startswith("{%") and text.endswith("%}"):
        message = "this state is JSONPath, so the expression is passed as text"
        site.add("literal-path", field, message, 'give the state "QueryLanguage": "JSONata"')


def _is_variable(site: Site, text: str) -> bool:
    """Whether a text is a path that begins with a variable which is assigned here or around."""
    if text[:1] != "$" or not text[1:2].isidentifier():
        return False
    parsed = paths.parse(text)
    return parsed is not None and variables.sees(site, parsed.root[1:])


def _path_key(site: Site, field: str, key: str, item: Any) -> None:
    """A name that ends with .$ in a JSONata state, where it is a name like any other."""
    arguments = field.endswith("Arguments") and ":::" in str(site.state.get("Resource", ":::"))
    value = show(item) if isinstance(item, str) and item.startswith("{%") else '"{% … %}"'
    # An integration refuses an argument that it does not have; in other data the receiver is surprised.
    rule = "query-language" if arguments else "literal-path"
    message = (
        f"a name that ends with .$ is JSONPath, and this state is JSONata: the name is taken as {show(key)}"
    )
    site.add(rule, f"{field}.{key}", message, f"write {show(key[:-2])}: {value}")


def jsonata_text(site: Site, field: str, text: str) -> None:
    """Check a string of a JSONata state: an expression, or text."""
    if text.startswith("{%") or text.endswith("%}"):
        jsonata(site, field, text)
    elif text.startswith(("$states.context.Task.Token", "$$.Task.Token")):
        message = f"{show(text)} is passed as this text"
        site.add("token-literal", field, message, "write {% $states.context.Task.Token %}")
    elif "{%" in text and "%}" in text:
        message = f"the expression inside {show(text)} is passed as text"
        fix = "make the whole text an expression: {% 'Order ' & $states.input.id %}"
        site.add("literal-path", field, message, fix)
    elif text.startswith(("$states.", "$.", "$$.")) and (text[1] == "s" or is_data(text)):
        site.add("literal-path", field, f"{show(text)} is passed as this text", "write {% $states.… %}")
    elif _is_variable(site, text):
        site.add("literal-path", field, f"{show(text)} is passed as this text", "write {% $variable %}")


def jsonata(site: Site, field: str, text: str) -> None:
    """Check a JSONata expression in its delimiters."""
    if not (text.startswith("{%") and text.endswith("%}") and len(text) >= 4):
        message = f"{show(text)} has one delimiter of two, or something around them"
        site.add("jsonata-delimiters", field, message, "start with {% and end with %}")
        return
    parsed = jsonata_language.parse(text[2:-2])
    if parsed.problem is not None:
        site.add("jsonata", field, parsed.problem, "correct the expression")
        return
    if parsed.unrooted:
        message = f"{show(parsed.unrooted)} has no data to be looked up in"
        site.add("jsonata-root", field, message, "start with $states.input, $states.result or a variable")
    for name in parsed.functions:
        fix = (
            "use $parse for JSON text" if name == "eval" else "use a function of JSONata, or assign it first"
        )
        site.add("jsonata-function", field, f"there is no function ${name[:80]}", fix)
    if "Task.Token" in text and _ADDRESS_AND_TOKEN.search(text[:_SEARCHED]):
        token_in_address(site, field)
    for problem in parsed.arguments:
        site.add("jsonata-arguments", field, problem, "see https://docs.jsonata.org")
    for name in parsed.variables:
        _check_variable(site, field, name)
    for names in parsed.states:
        _check_states(site, field, names)


def _check_states(site: Site, field: str, names: tuple[str, ...]) -> None:
    name = names[0] if names else "input"
    done = site.kind in ("Task", "Parallel", "Map") and field.startswith(("Output", "Assign"))
    if name == "context":
        _check_context(site, field, names[1:])
    elif name == "result" and not done:
        message = "$states.result is there only when the state's work is done"
        site.add("jsonata-states", field, message, "use it in Output or Assign of a Task, Parallel or Map")
    elif name == "errorOutput" and not field.startswith("Catch["):
        site.add("jsonata-states", field, "$states.errorOutput is there only in a catcher", "use it in Catch")
    elif name not in ("input", "result", "errorOutput"):
        fix = "use $states.input, $states.result, $states.errorOutput or $states.context"
        site.add("jsonata-states", field, f"$states has no field {name[:80]}", fix)


def finds_token(node: Any, jsonata_state: bool, *, whole: bool = True) -> bool:
    """Whether a template passes the task token on; whether so that it can be read, if `whole`."""
    waiting = [(node, jsonata_state)]
    for one, computed in waiting:  # It grows meanwhile.
        if isinstance(one, str):
            if computed and _gives_token(one, jsonata_state, whole):
                return True
        elif isinstance(one, dict):
            waiting += [(item, jsonata_state or key[-2:] == ".$") for key, item in one.items()]
        elif isinstance(one, list):
            waiting += [(item, jsonata_state) for item in one]
    return False


def _gives_token(text: str, jsonata_state: bool, whole: bool) -> bool:
    """Whether an expression gives the token, or an object around it."""
    if jsonata_state:
        used = jsonata_language.parse(text[2:-2]).states if is_expression(text) else ()
        found = [names[1:] for names in used if names[:1] in ((), ("context",))]
    elif text.startswith("States."):
        call = intrinsics.parse(text)
        found = [path.names for path in (call.kept if whole else call.paths) if path.root == "$$"]
    else:
        parsed = paths.parse(text) if text[:2] == "$$" else None
        found = [parsed.names] if parsed is not None and parsed.root == "$$" else []
    return any(names[:2] in ((), ("Task",), TOKEN) for names in found)
