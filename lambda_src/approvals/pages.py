"""The approval page: one request as one approver sees it, as HTML without scripts, or as JSON."""

from typing import Any

from . import details, forms, model
from .delivery import timestamp
from .html import Child, Html, join, tag
from .model import Status
from .store import Record
from .style import CSS
from .text import clean, one_line
from .view import Problems, View
from .words import Words


def html(view: View, words: Words) -> str:
    """The page of a request."""
    record = view.record
    state = view.state
    subject = one_line(record.subject)
    return document(
        words,
        # Read out first when a page has loaded.
        f"{words('problems' if view.problems else f'{_told(view)}.title')}: {subject}",
        tag("p", words("open.title") if state == "open" else words("title"), class_="kind"),
        tag("h1", tag("bdi", subject)),
        _banner(view, words),
        _errors(view, words),
        tag("section", _facts(view, words)),
        _section(words("details"), details.rendered(record.details, words)),
        _decisions(view, words),
        forms.form(view, words) if state == "open" else None,
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
        # An amount is no telephone number.
        tag("meta", name_="format-detection", content="telephone=no,date=no,address=no,email=no"),
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
                "fields": dict(each.fields),
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


def _told(view: View) -> str:
    """The state as it has words: with the outcome, once there is one."""
    outcome = view.record.request.outcome
    return f"delivered.{outcome.value}" if view.state == "delivered" and outcome else view.state


def _banner(view: View, words: Words) -> Html | None:
    state = _told(view)
    if state == "open":
        return None
    mine = view.record.decisions.get(view.approver) if view.notice == "twice" else None
    kinds = {"delivered.approved": "good", "delivered.rejected": "bad", "voted": "good"}
    kind = "warn" if view.notice else kinds.get(state, "warn")
    return tag(
        "div",
        tag("h2", words(f"{state}.title")),
        tag("p", words(f"{view.notice}.text")) if view.notice else None,
        tag("ul", tag("li", _decision(mine, view, words)), role="list") if mine else None,
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
        tag("ul", *items, role="list"),
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
    items = [tag("li", _decision(each, view, words)) for each in _in_order(record)]
    return _section(
        words("decisions"),
        join(
            tag("ul", *items, role="list") if items else tag("p", words("no_decisions"), class_="note"), intro
        ),
    )


def _decision(decision: model.Decision, view: View, words: Words) -> Html:
    return join(
        tag("span", one_line(view.record.request.people[decision.approver]), class_="who"),
        " ",
        tag("span", words(decision.outcome.value), class_=f"mark {decision.outcome.value}"),
        tag("p", _time(decision.at), class_="note"),
        tag("blockquote", clean(decision.comment), dir="auto") if decision.comment.strip() else None,
        _filled(decision, view, words),
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


def _section(title: str, content: Html | None) -> Html | None:
    return None if content is None else tag("section", tag("h2", title), content)


def _again(words: Words) -> Html:
    return tag("p", tag("a", words("again"), href=""))


def _time(seconds: float) -> Html:
    text = timestamp(seconds)
    return tag("time", text.replace("T", " ").replace("Z", " UTC"), datetime=text)


def _last_part(arn: str) -> str:
    return one_line(arn.rpartition(":")[2])


def _in_order(record: Record) -> list[model.Decision]:
    return sorted(record.decisions.values(), key=lambda each: each.at)
