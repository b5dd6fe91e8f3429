"""What an approver sees of a request: what is asked by whom until when, the decisions so far, the details,
the form, and last what only those who run the workflow want to know."""

from collections.abc import Mapping
from dataclasses import dataclass

from approvals.request.model import Decision
from countersign_contract.approvals.text import clean, one_line, timestamp

from . import details
from .document import document
from .form import Form, labels
from .html import Child, Html, join, tag
from .texts import Words
from .view import View


@dataclass
class RequestPage:
    """One request as one approver sees it, in the words of one language."""

    view: View
    words: Words

    def html(self) -> str:
        """The page, without scripts."""
        view, words = self.view, self.words
        subject = one_line(view.record.subject)
        read = join(
            tag(
                "section",
                tag("p", words("open.title"), class_="kind") if view.state == "open" else None,
                tag("h1", tag("bdi", subject)),
                self._banner(),
                self._errors(),
                listed(words, self._facts()),
                class_="asked",
            ),
            self._decisions(),
            _section(words("details"), details.rendered(view.record.details, words)),
        )
        return document(
            words,
            # Read out first when a page has loaded.
            f"{words('problems' if view.problems else f'{self._told()}.title')}: {subject}",
            Form(view, words).html(read) if view.state == "open" else read,
            tag(
                "footer",
                tag("details", tag("summary", words("origin")), listed(words, self._origin())),
                tag("p", tag("a", words("my.title"), href="?mine")),
            ),
        )

    def _told(self) -> str:
        """The state as it has words: with the outcome, once there is one."""
        state, outcome = self.view.state, self.view.record.request.outcome
        return f"delivered.{outcome}" if state == "delivered" and outcome else state

    def _banner(self) -> Html | None:
        state = self._told()
        if state == "open":
            return None
        mine = self.view.record.decisions.get(self.view.approver)
        twice = self.view.notice == "twice" and mine is not None
        kinds = {"delivered.approved": "good", "delivered.rejected": "bad", "voted": "good"}
        kind = "warn" if self.view.notice else kinds.get(state, "warn")
        return tag(
            "div",
            tag("h2", self.words(f"{state}.title")),
            tag("p", self.words(f"{self.view.notice}.text")) if self.view.notice else None,
            tag("ul", tag("li", self._decision(mine)), role="list") if mine and twice else None,
            tag("p", self._mine(mine)) if mine and not twice else None,
            tag("p", self.words(f"{state}.text")),
            tag("p", tag("a", self.words("again"), href="")) if state == "on_its_way" else None,
            class_=f"banner {kind}",
            role="status",
        )

    def _mine(self, mine: Decision) -> str:
        return self.words(f"mine.{mine.outcome}", time=self.words.moment(mine.at))

    def _errors(self) -> Html | None:
        if not self.view.problems:
            return None
        names = labels(self.view, self.words)
        items = [
            tag("li", tag("a", names[name], href=f"#{name}"), ": ", self.words(wrong.rule, **wrong.values))
            for name, wrong in self.view.problems.items()
        ]
        return tag(
            "div",
            tag("h2", self.words("problems")),
            tag("ul", *items, role="list"),
            class_="banner bad",
            role="alert",
            tabindex="-1",
            autofocus=True,
        )

    def _facts(self) -> dict[str, Child]:
        """Who asks, until when, and how far it is."""
        request = self.view.record.request
        return {
            "requester": tag("bdi", one_line(request.requester)) if request.requester else None,
            "deadline": self._deadline(),
            "quorum": self._quorum() if request.quorum > 1 else None,
            "unreachable": self._unreachable(),
        }

    def _origin(self) -> dict[str, Child]:
        """Where it comes from, for those who run the workflow."""
        request = self.view.record.request
        return {
            "workflow": _last_part(request.state_machine_arn),
            "execution": _last_part(request.execution_arn),
            "state": tag("bdi", one_line(request.state_name)),
            "you": tag("bdi", one_line(request.people[self.view.approver])),
        }

    def _quorum(self) -> Html:
        request = self.view.record.request
        text = self.words("quorum_value", approvals=request.approvals, quorum=request.quorum)
        rule = tag("span", self.words("one_rejection"), class_="aside") if self._is_open() else None
        return join(tag("strong", text), " ", rule)

    def _is_open(self) -> bool:
        return self.view.state in ("open", "voted")

    def _unreachable(self) -> Html | None:
        told = self.view.record.unreachable_told()
        items = [
            tag("div", tag("bdi", each["approver"]), f" ({self.words(each['reason'])})") for each in told
        ]
        return join(*items) if items else None

    def _deadline(self) -> Html:
        deadline = self.view.record.request.deadline
        return until(self.words, deadline, self.view.now) if self._is_open() else moment(self.words, deadline)

    def _decisions(self) -> Html | None:
        items = [tag("li", self._decision(each)) for each in self.view.record.in_order]
        return _section(self.words("decisions"), tag("ul", *items, role="list")) if items else None

    def _decision(self, decision: Decision) -> Html:
        return join(
            tag("span", one_line(self.view.record.request.people[decision.approver]), class_="who"),
            " ",
            tag("span", self.words(decision.outcome), class_=f"mark {decision.outcome}"),
            tag("p", moment(self.words, decision.at), class_="note"),
            tag("blockquote", clean(decision.comment), dir="auto") if decision.comment.strip() else None,
            self._filled(decision),
        )

    def _filled(self, decision: Decision) -> Html | None:
        """What an approver filled in."""
        given = [(each, decision.fields.get(each.name)) for each in self.view.fields]
        rows = [
            join(tag("dt", clean(each.label)), tag("dd", details.plain(value, self.words)))
            for each, value in given
            if value is not None
        ]
        return tag("dl", *rows, class_="filled") if rows else None


def listed(words: Words, facts: Mapping[str, Child]) -> Html:
    """Facts by the names they have in `words`, without those that are None."""
    shown = {words(name): value for name, value in facts.items() if value is not None}
    return tag("dl", *(join(tag("dt", name), tag("dd", value)) for name, value in shown.items()))


def moment(words: Words, seconds: float) -> Html:
    """A time, also as programs read it."""
    return tag("time", words.moment(seconds), datetime=timestamp(seconds))


def until(words: Words, deadline: float, now: float) -> Html:
    """How much time is left, and until when."""
    left = words("left", time=words.left(deadline - now))
    return join(tag("strong", left), " ", tag("span", moment(words, deadline), class_="aside"))


def _section(title: str, content: Html | None) -> Html | None:
    return None if content is None else tag("section", tag("h2", title), content)


def _last_part(arn: str) -> str:
    return one_line(arn.rpartition(":")[2])
