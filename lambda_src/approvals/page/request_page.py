"""What an approver sees of a request: the facts, the details, the decisions so far, and the form."""

from approvals.request.model import Decision, Status
from countersign_contract.approvals.text import clean, one_line, timestamp

from . import details
from .document import document
from .form import Form
from .html import Child, Html, join, tag
from .texts import Words
from .view import View


class RequestPage:
    """One request as one approver sees it, in the words of one language."""

    def __init__(self, view: View, words: Words) -> None:
        self._view = view
        self._words = words

    def html(self) -> str:
        """The page, without scripts."""
        view, words = self._view, self._words
        subject = one_line(view.record.subject)
        return document(
            words,
            # Read out first when a page has loaded.
            f"{words('problems' if view.problems else f'{self._told()}.title')}: {subject}",
            tag("p", words("open.title") if view.state == "open" else words("title"), class_="kind"),
            tag("h1", tag("bdi", subject)),
            self._banner(),
            self._errors(),
            tag("section", self._facts()),
            _section(words("details"), details.rendered(view.record.details, words)),
            self._decisions(),
            Form(view, words).html() if view.state == "open" else None,
            self._again() if view.state == "on_its_way" else None,
            tag("p", tag("a", words("mine.title"), href="?mine")),
        )

    def _told(self) -> str:
        """The state as it has words: with the outcome, once there is one."""
        state, outcome = self._view.state, self._view.record.request.outcome
        return f"delivered.{outcome.value}" if state == "delivered" and outcome else state

    def _banner(self) -> Html | None:
        state = self._told()
        if state == "open":
            return None
        mine = self._view.record.decisions.get(self._view.approver) if self._view.notice == "twice" else None
        kinds = {"delivered.approved": "good", "delivered.rejected": "bad", "voted": "good"}
        kind = "warn" if self._view.notice else kinds.get(state, "warn")
        return tag(
            "div",
            tag("h2", self._words(f"{state}.title")),
            tag("p", self._words(f"{self._view.notice}.text")) if self._view.notice else None,
            tag("ul", tag("li", self._decision(mine)), role="list") if mine else None,
            tag("p", self._words(f"{state}.text")),
            class_=f"banner {kind}",
            role="status",
        )

    def _errors(self) -> Html | None:
        if not self._view.problems:
            return None
        wrong = {name: (each.rule, each.values) for name, each in self._view.problems.items()}
        labels = {f"field-{each.name}": each.label for each in self._view.fields}
        labels |= {"comment": self._words("comment"), "outcome": self._words("decide")}
        items = [
            tag("li", tag("a", clean(labels[name]), href=f"#{name}"), ": ", self._words(rule, **values))
            for name, (rule, values) in wrong.items()
        ]
        return tag(
            "div",
            tag("h2", self._words("problems")),
            tag("ul", *items, role="list"),
            class_="banner bad",
            role="alert",
            tabindex="-1",
            autofocus=True,
        )

    def _facts(self) -> Html:
        request = self._view.record.request
        you = request.people[self._view.approver]
        quorum = {"approvals": request.approvals, "quorum": request.quorum}
        facts: dict[str, Child] = {
            "requester": tag("bdi", one_line(request.requester)) if request.requester else None,
            "workflow": _last_part(request.state_machine_arn),
            "execution": _last_part(request.execution_arn),
            "state": tag("bdi", one_line(request.state_name)),
            "deadline": self._deadline(),
            "quorum": self._words("quorum_value", **quorum) if request.quorum > 1 else None,
            "you": tag("bdi", one_line(you)),
            "unreachable": self._unreachable(),
        }
        shown = {self._words(name): value for name, value in facts.items() if value is not None}
        return tag("dl", *(join(tag("dt", name), tag("dd", value)) for name, value in shown.items()))

    def _unreachable(self) -> Html | None:
        told = self._view.record.unreachable_told()
        items = [
            tag("div", tag("bdi", each["approver"]), f" ({self._words(each['reason'])})") for each in told
        ]
        return join(*items) if items else None

    def _deadline(self) -> Html:
        deadline = self._view.record.request.deadline
        left = None
        if self._view.state in ("open", "voted"):
            text = self._words("left", time=time_left(deadline - self._view.now, self._words))
            left = tag("span", " (", text, ")", class_="left")
        return join(_time(deadline), left)

    def _decisions(self) -> Html | None:
        record, request = self._view.record, self._view.record.request
        intro = None
        if request.quorum > 1 and request.status is Status.OPEN:
            text = self._words("quorum_open", approvals=request.approvals, quorum=request.quorum)
            intro = tag("p", text, class_="note")
        items = [tag("li", self._decision(each)) for each in record.in_order]
        none = tag("p", self._words("no_decisions"), class_="note")
        listed = tag("ul", *items, role="list") if items else none
        return _section(self._words("decisions"), join(listed, intro))

    def _decision(self, decision: Decision) -> Html:
        return join(
            tag("span", one_line(self._view.record.request.people[decision.approver]), class_="who"),
            " ",
            tag("span", self._words(decision.outcome.value), class_=f"mark {decision.outcome.value}"),
            tag("p", _time(decision.at), class_="note"),
            tag("blockquote", clean(decision.comment), dir="auto") if decision.comment.strip() else None,
            self._filled(decision),
        )

    def _filled(self, decision: Decision) -> Html | None:
        """What an approver filled in."""
        given = [(each, decision.fields.get(each.name)) for each in self._view.fields]
        rows = [
            join(tag("dt", clean(each.label)), tag("dd", details.rendered(value, self._words) or "-"))
            for each, value in given
            if value is not None
        ]
        return tag("dl", *rows, class_="filled") if rows else None

    def _again(self) -> Html:
        return tag("p", tag("a", self._words("again"), href=""))


def time_left(seconds: float, words: Words) -> str:
    """The two largest units of a time: `1 d 3 h`."""
    minutes = int(seconds // 60)
    parts = (("days", minutes // 1440), ("hours", minutes // 60 % 24), ("minutes", minutes % 60))
    shown = [words(name, n=number) for name, number in parts if number]
    return " ".join(shown[:2]) or words("under_a_minute")


def _section(title: str, content: Html | None) -> Html | None:
    return None if content is None else tag("section", tag("h2", title), content)


def _time(seconds: float) -> Html:
    text = timestamp(seconds)
    return tag("time", text.replace("T", " ").replace("Z", " UTC"), datetime=text)


def _last_part(arn: str) -> str:
    return one_line(arn.rpartition(":")[2])
