"""The approval page: one request as one approver sees it, as HTML without scripts, or as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from . import details, model
from .delivery import timestamp
from .fields import Field, Wrong
from .html import Child, Html, join, tag
from .model import Outcome, Status
from .store import Record
from .style import CSS
from .text import clean, one_line
from .words import Words

Problems = Mapping[str, Wrong]
"""What is wrong with what was filled in, by form field: `outcome`, `comment`, `field-<name>`."""


@dataclass(frozen=True)
class View:
    """What is shown to whom."""

    record: Record
    approver: int
    fields: Sequence[Field]
    now: float
    comment_on_reject: bool = True
    notice: str = ""
    """Why a decision was not taken: `others`, `twice` or `closed`."""
    typed: Mapping[str, str] = field(default_factory=dict)
    problems: Problems = field(default_factory=dict)

    @property
    def state(self) -> str:
        """open, voted, on_its_way, delivered, too_late, expired, superseded or cancelled."""
        request = self.record.request
        status = model.seen(request, self.now)
        if status is Status.OPEN:
            return "voted" if self.approver in request.votes else "open"
        return "on_its_way" if status is Status.DECIDED else status.value


def html(view: View, words: Words) -> str:
    """The page of a request."""
    record = view.record
    state = view.state
    subject = one_line(record.subject)
    return document(
        words,
        subject,
        tag("p", words("open.title") if state == "open" else words("title"), class_="kind"),
        tag("h1", tag("bdi", subject)),
        _banner(view, words),
        _errors(view, words),
        tag("section", _facts(view, words)),
        _section(words("details"), details.rendered(record.details, words)),
        _decisions(view, words),
        _form(view, words) if state == "open" else None,
        _again(words) if state == "on_its_way" else None,
    )


def message(name: str, words: Words) -> str:
    """A page that only says something: `unknown`, `forbidden`, `method`, `too_large`, `media`, `broken`."""
    title = words(f"{name}.title")
    return document(
        words,
        title,
        tag("p", words("title"), class_="kind"),
        tag("h1", title),
        tag("section", tag("p", words(f"{name}.text"))),
    )


def document(words: Words, title: str, *content: Child) -> str:
    """A whole document."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name_="robots", content="noindex"),
        tag("meta", name_="color-scheme", content="light dark"),
        tag("title", title),
        tag("style", Html(CSS)),
    )
    return f"<!doctype html>\n{tag('html', head, tag('body', tag('main', *content)), lang=words.language)}\n"


def data(view: View) -> dict[str, Any]:
    """The same as JSON (docs/openapi.yaml: Request)."""
    record, request = view.record, view.record.request
    vote = request.votes.get(view.approver)
    return {
        "requestId": request.id,
        "state": view.state,
        "subject": record.subject,
        "details": record.details,
        "requester": request.requester,
        "executionArn": request.execution_arn,
        "stateName": request.state_name,
        "askedAt": timestamp(request.asked_at),
        "deadline": timestamp(request.deadline),
        "outcome": request.outcome.value if request.outcome else None,
        "approvals": request.approvals,
        "quorum": request.quorum,
        "you": request.people[view.approver],
        "yourDecision": vote.value if vote else None,
        "commentNeededToReject": view.comment_on_reject,
        "fields": [dict(each) for each in record.fields],
        "decisions": [
            {
                "approver": request.people[each.approver],
                "outcome": each.outcome.value,
                "comment": each.comment,
                "at": timestamp(each.at),
            }
            for each in _in_order(record)
        ],
    }


def problems_data(problems: Problems) -> dict[str, Any]:
    """What is wrong, as JSON (docs/openapi.yaml: Problems)."""
    words = Words("en")
    return {
        name: {"rule": each.rule, "text": words(each.rule, **each.values)} for name, each in problems.items()
    }


def _banner(view: View, words: Words) -> Html | None:
    state, outcome = view.state, view.record.request.outcome
    if state == "open":
        return None
    if state == "delivered":
        state = f"delivered.{outcome.value if outcome else 'approved'}"
    kind = {"delivered.approved": "good", "delivered.rejected": "bad", "voted": "good"}.get(state, "warn")
    return tag(
        "div",
        tag("h2", words(f"{state}.title")),
        tag("p", words(f"{view.notice}.text")) if view.notice else None,
        tag("p", words(f"{state}.text")),
        class_=f"banner {kind}",
        role="status",
    )


def _errors(view: View, words: Words) -> Html | None:
    if not view.problems:
        return None
    labels = {f"field-{each.name}": each.label for each in view.fields}
    labels |= {"comment": words("comment"), "outcome": words("decide")}
    items = [
        tag("li", tag("a", clean(labels[name]), href=f"#{name}"), ": ", words(wrong.rule, **wrong.values))
        for name, wrong in view.problems.items()
    ]
    return tag(
        "div",
        tag("h2", words("problems")),
        tag("ul", *items),
        class_="banner bad",
        role="alert",
        tabindex="-1",
        autofocus=True,
    )


def _facts(view: View, words: Words) -> Html:
    request = view.record.request
    facts: list[tuple[str, Child]] = []
    if request.requester:
        facts.append((words("requester"), tag("bdi", one_line(request.requester))))
    facts.append((words("workflow"), _last_part(request.state_machine_arn)))
    facts.append((words("execution"), _last_part(request.execution_arn)))
    facts.append((words("state"), tag("bdi", one_line(request.state_name))))
    facts.append((words("deadline"), _deadline(view, words)))
    if request.quorum > 1:
        text = words("quorum_value", approvals=request.approvals, quorum=request.quorum)
        facts.append((words("quorum"), text))
    facts.append((words("you"), tag("bdi", one_line(request.people[view.approver]))))
    return tag("dl", *(join(tag("dt", name), tag("dd", value)) for name, value in facts))


def _deadline(view: View, words: Words) -> Html:
    deadline = view.record.request.deadline
    left = None
    if view.state in ("open", "voted"):
        left = tag(
            "span", " (", words("left", time=time_left(deadline - view.now, words)), ")", class_="left"
        )
    return join(_time(deadline), left)


def time_left(seconds: float, words: Words) -> str:
    """The two largest units of a time: `1 d 3 h`."""
    minutes = int(seconds // 60)
    parts = (("days", minutes // 1440), ("hours", minutes // 60 % 24), ("minutes", minutes % 60))
    shown = [words(name, n=number) for name, number in parts if number]
    return " ".join(shown[:2]) or words("under_a_minute")


def _decisions(view: View, words: Words) -> Html | None:
    record, request = view.record, view.record.request
    intro = None
    if request.quorum > 1 and request.status is Status.OPEN:
        intro = tag(
            "p", words("quorum_open", approvals=request.approvals, quorum=request.quorum), class_="note"
        )
    items = [
        tag(
            "li",
            tag("span", one_line(request.people[each.approver]), class_="who"),
            " ",
            tag("span", words(each.outcome.value), class_=f"mark {each.outcome.value}"),
            tag("p", _time(each.at), class_="note"),
            tag("blockquote", clean(each.comment), dir="auto") if each.comment.strip() else None,
            _filled(each, view, words),
        )
        for each in _in_order(record)
    ]
    return _section(
        words("decisions"),
        join(tag("ul", *items) if items else tag("p", words("no_decisions"), class_="note"), intro),
    )


def _filled(decision: model.Decision, view: View, words: Words) -> Html | None:
    """What an approver filled in."""
    given = [(each, decision.fields.get(each.name)) for each in view.fields]
    rows = [
        join(tag("dt", clean(each.label)), tag("dd", details.rendered(value, words) or "-"))
        for each, value in given
        if value is not None
    ]
    return tag("dl", *rows, class_="filled") if rows else None


def _form(view: View, words: Words) -> Html:
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
        options = [tag("option", clean(one), value=one, selected=one == typed) for one in each.options]
        control = tag("select", tag("option", words("choose"), value=""), *options, **common)
    elif each.type == "number":
        control = tag("input", type="text", inputmode="decimal", value=typed, **common)
    elif each.max_length > 200:
        control = tag("textarea", Html("\n"), typed, rows="3", dir="auto", **common)
    else:
        control = tag("input", type="text", value=typed, dir="auto", **common)
    return _control(name, each.label, control, view, words, each.help, each)


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


def _section(title: str, content: Html | None) -> Html | None:
    return None if content is None else tag("section", tag("h2", title), content)


def _again(words: Words) -> Html:
    return tag("p", tag("a", words("again"), href=""))


def _time(seconds: float) -> Html:
    text = timestamp(seconds)
    return tag("time", text.replace("T", " ").replace("Z", " UTC"), datetime=text)


def _written(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _last_part(arn: str) -> str:
    return one_line(arn.rpartition(":")[2])


def _in_order(record: Record) -> list[model.Decision]:
    return sorted(record.decisions.values(), key=lambda each: each.at)


__all__ = ["Outcome", "View", "data", "document", "html", "message", "problems_data", "time_left"]
