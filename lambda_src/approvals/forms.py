"""The form with which an approver decides: the workflow's fields, a comment, two buttons.

Each control has a label, and what is wrong with it stands beside it.
"""

from typing import Any

from .fields import Field, chosen
from .html import Html, join, tag
from .text import clean, one_line
from .view import View
from .words import Words


def form(view: View, words: Words) -> Html:
    """The form of an open request, with what was typed before."""
    fields = [_field(each, view, words) for each in view.fields]
    return tag(
        "form",
        tag("h2", words("decide")),
        # Enter in a text field presses a form's first button. This one does nothing: Enter decides nothing.
        tag("button", type="submit", disabled=True, hidden=True),
        tag("fieldset", tag("legend", words("fields")), *fields) if fields else None,
        _comment(view, words),
        tag(
            "div",
            tag(
                "button", words("approve"), type="submit", name_="outcome", value="approved", class_="approve"
            ),
            tag("button", words("reject"), type="submit", name_="outcome", value="rejected", class_="reject"),
            class_="buttons",
            id="outcome",
        ),
        method="post",
        novalidate=True,
        accept_charset="utf-8",
        autocomplete="off",
    )


def _comment(view: View, words: Words) -> Html:
    text = words("comment_needed" if view.comment_on_reject else "comment_help")
    control = tag(
        "textarea",
        # A line feed behind the tag is not part of the text, so one that is typed needs another.
        Html("\n"),
        view.typed.get("comment", ""),
        id="comment",
        name_="comment",
        rows="4",
        dir="auto",
        **_described(view, "comment", text),
    )
    return _control("comment", words("comment"), control, view, words, text)


def _field(each: Field, view: View, words: Words) -> Html:
    name = f"field-{each.name}"
    typed = view.typed.get(name)
    if typed is None:
        ticked = not view.typed and each.default is True
        typed = "" if each.default is None or view.typed else _written(each.default)
    else:
        ticked = each.type == "boolean"
    described = _described(view, name, each.help)
    common: dict[str, Any] = {"id": name, "name_": name, **described}
    if each.required:
        common["aria_required"] = "true"
    if each.type == "boolean":
        control = tag("input", type="checkbox", value="true", checked=ticked, **common)
    elif each.type == "choice":
        options = [_option(one, selected=one == chosen(each, typed)) for one in each.options]
        control = tag("select", tag("option", words("choose"), value=""), *options, **common)
    elif each.type == "number":
        # A telephone's keys for numbers may have no minus.
        keys = "decimal" if each.minimum is not None and each.minimum >= 0 else None
        control = tag("input", type="text", inputmode=keys, value=typed, **common)
    elif each.max_length > 200 or "\n" in typed:
        # In a field of one line, browsers take line ends away.
        control = tag("textarea", Html("\n"), typed, rows="3", dir="auto", **common)
    else:
        control = tag("input", type="text", value=typed, dir="auto", **common)
    return _control(name, each.label, control, view, words, each.help, each)


def _option(option: str, *, selected: bool) -> Html:
    # Sent as it is shown: browsers change line ends, and HTML does not have every character.
    shown = one_line(option)
    return tag("option", shown, value=shown, selected=selected)


def _control(
    name: str, label: str, control: Html, view: View, words: Words, help_text: str, each: Field | None = None
) -> Html:
    mark = (
        tag("span", " (", words("required_mark"), ")", class_="required") if each and each.required else None
    )
    title = tag("label", clean(label), mark, for_=name)
    tick = each is not None and each.type == "boolean"
    wrong = view.problems.get(name)
    return tag(
        "div",
        join(control, title) if tick else join(title, control),
        tag("p", clean(help_text), class_="note", id=f"{name}-help") if help_text else None,
        tag("p", words(wrong.rule, **wrong.values), class_="error", id=f"{name}-error") if wrong else None,
        class_="field tick" if tick else "field",
    )


def _described(view: View, name: str, help_text: str) -> dict[str, str]:
    wrong = name in view.problems
    ids = [f"{name}-error"] * wrong + [f"{name}-help"] * bool(help_text)
    attributes = {"aria_describedby": " ".join(ids)} if ids else {}
    return attributes | ({"aria_invalid": "true"} if wrong else {})


def _written(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
