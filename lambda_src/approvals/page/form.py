"""The form with which an approver decides: the workflow's fields, a comment, two buttons.

Each control has a label, and what is wrong with it stands beside it.
"""

from dataclasses import dataclass
from typing import Any

from countersign_contract.approvals.fields import Field, chosen
from countersign_contract.approvals.text import clean, one_line

from .html import Child, Html, join, tag
from .texts import Words
from .view import View


@dataclass
class Form:
    """The form of an open request, with what was typed before."""

    view: View
    words: Words

    def html(self, *read: Child) -> Html:
        """The form, around what is to be read before. The comment and the buttons are last, and on a phone
        they stay at the lower end of the window: the form is as long as what they stay beside."""
        fields = [self._field(each) for each in self.view.fields]
        return tag(
            "form",
            # Enter in a text field presses a form's first button. This one decides nothing.
            tag("button", type="submit", disabled=True, hidden=True),
            tag("div", *read, class_="read"),
            tag(
                "div",
                tag("h2", self.words("decide")),
                tag("fieldset", tag("legend", self.words("fields")), *fields, id="fields")
                if fields
                else None,
                tag("div", self._comment(), self._wrong() or self._needed(), self._buttons(), class_="bar"),
                class_="decide",
            ),
            method="post",
            novalidate=True,
            accept_charset="utf-8",
            autocomplete="off",
        )

    def _buttons(self) -> Html:
        outcomes = {"approve": "approved", "reject": "rejected"}
        buttons = [
            tag("button", self.words(what), type="submit", name_="outcome", value=outcome, class_=what)
            for what, outcome in outcomes.items()
        ]
        return tag("div", *buttons, class_="buttons", id="outcome")

    def _needed(self) -> Html | None:
        """That who approves must fill something in. The stylesheet hides it once that is done."""
        if not any(each.required for each in self.view.fields):
            return None
        return tag("p", tag("a", self.words("needed"), href="#fields"), class_="needed")

    def _wrong(self) -> Html | None:
        """Beside the buttons, which fields to look at. What is wrong with the comment stands there anyway."""
        names = labels(self.view, self.words)
        wrong = [tag("a", names[name], href=f"#{name}") for name in self.view.problems if name != "comment"]
        if not wrong:
            return None
        listed = join(*(join(", " if place else ": ", link) for place, link in enumerate(wrong)))
        return tag("p", self.words("check"), listed, class_="error", id="wrong")

    def _comment(self) -> Html:
        text = self.words("comment_needed" if self.view.comment_on_reject else "comment_help")
        control = tag(
            "textarea",
            # A line feed behind the tag is not part of the text, so one that is typed needs another.
            Html("\n"),
            self.view.typed.get("comment", ""),
            id="comment",
            name_="comment",
            rows="1",
            dir="auto",
            **self._described("comment", text),
        )
        return self._control("comment", self.words("comment"), control, text)

    def _field(self, each: Field) -> Html:
        name = f"field-{each.name}"
        typed = self.view.typed.get(name)
        if not isinstance(typed, str):
            ticked = not self.view.typed and each.default is True
            typed = "" if each.default is None or self.view.typed else _written(each.default)
        else:
            ticked = each.type == "boolean"
        described = self._described(name, each.help)
        common: dict[str, Any] = {"id": name, "name_": name, **described}
        if each.required:
            # The stylesheet sees what is still empty; nobody is told of a mistake before there is one.
            common["required"] = True
            common.setdefault("aria_invalid", "false")
        if each.type == "boolean":
            control = tag("input", type="checkbox", value="true", checked=ticked, **common)
        elif each.type == "choice":
            options = [_option(one, selected=one == chosen(each, typed)) for one in each.options]
            control = tag("select", tag("option", self.words("choose"), value=""), *options, **common)
        elif each.type == "number":
            # A telephone's keys for numbers may have no minus.
            keys = "decimal" if each.minimum is not None and each.minimum >= 0 else None
            control = tag("input", type="text", inputmode=keys, value=typed, **common)
        elif each.max_length > 200 or "\n" in typed:
            # In a field of one line, browsers take line ends away.
            control = tag("textarea", Html("\n"), typed, rows="3", dir="auto", **common)
        else:
            control = tag("input", type="text", value=typed, dir="auto", **common)
        return self._control(name, each.label, control, each.help, each)

    def _control(
        self, name: str, label: str, control: Html, help_text: str, each: Field | None = None
    ) -> Html:
        mark = None
        if each and each.required:
            mark = tag("span", " (", self.words("required_mark"), ")", class_="required")
        title = tag("label", clean(label), mark, for_=name)
        tick = each is not None and each.type == "boolean"
        error = None
        if wrong := self.view.problems.get(name):
            error = tag("p", self.words(wrong.rule, **wrong.values), class_="error", id=f"{name}-error")
        return tag(
            "div",
            join(control, title) if tick else join(title, control),
            tag("p", clean(help_text), class_="note", id=f"{name}-help") if help_text else None,
            error,
            class_="field tick" if tick else "field",
        )

    def _described(self, name: str, help_text: str) -> dict[str, str]:
        wrong = name in self.view.problems
        ids = [f"{name}-error"] * wrong + [f"{name}-help"] * bool(help_text)
        attributes = {"aria_describedby": " ".join(ids)} if ids else {}
        return attributes | ({"aria_invalid": "true"} if wrong else {})


def labels(view: View, words: Words) -> dict[str, str]:
    """What the controls are called, by the names that problems have."""
    fields = {f"field-{each.name}": clean(each.label) for each in view.fields}
    return fields | {"comment": words("comment"), "outcome": words("decide")}


def _option(option: str, *, selected: bool) -> Html:
    # Sent as it is shown: browsers change line ends, and HTML does not have every character.
    shown = one_line(option)
    return tag("option", shown, value=shown, selected=selected)


def _written(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
