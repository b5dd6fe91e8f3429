"""Play all scenes at once, read what happened, print."""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from local import observe
from local.demo import approvals, chain, payments
from local.demo.scene import Finding, Play, Result, Scene, Stage
from local.errors import LocalError, TooSlow
from local.inbox import Inbox
from local.observe import LogLine, timeline
from local.progress import Progress
from local.server.capacity import functions_at_once
from local.stack import running

# Begun in this order. People take longest.
SCENES: tuple[Scene, ...] = (*approvals.SCENES, *payments.SCENES, *chain.SCENES)
_TOO_SLOW = (TooSlow, ConnectTimeoutError, ReadTimeoutError)


def demo(folder: Path, stack: str, *, auth: bool) -> int:
    """Deploy to a fresh embedded AWS and play every scene of its workflows.

    0 if all went as expected, 1 if something did not, TooSlow.EXIT_STATUS if this machine could not do all.
    """
    started = time.monotonic()
    with running(folder, stack, auth=auth) as deployed:
        scenes = scenes_of(deployed.outputs)
        seconds = deployed.deployment.seconds
        print(f"{len(deployed.deployment.resources)} resources deployed in {seconds:.1f} s", flush=True)
        deployed.tell_notes()
        with Inbox(deployed.aws, deployed.deployment.resources) as inbox:
            results = play(Stage(deployed, inbox), scenes)
    return conclude(results, time.monotonic() - started)


def conclude(results: Sequence[Result], seconds: float) -> int:
    """Print how everything went; the exit status."""
    for result in results:
        print("\n".join(_report(result)))
    passed = sum(result.passed for result in results)
    print(f"\n{passed} of {len(results)} scenes as expected, {seconds:.1f} s in all")
    too_slow = [result for result in results if result.too_slow]
    if too_slow:
        print(f"This machine was too slow for {len(too_slow)}: {TooSlow.ADVICE}.")
    if any(not result.passed and not result.too_slow for result in results):
        return 1
    return TooSlow.EXIT_STATUS if too_slow else 0


def play(stage: Stage, scenes: Sequence[Scene]) -> list[Result]:
    """Play scenes concurrently on a running stack."""

    def act(scene: Scene) -> Play:
        played = Play(stage, scene.workflow)
        try:
            scene.act(played)
        finally:
            progress.note(scene.title)
        return played

    pool = ThreadPoolExecutor(functions_at_once(), thread_name_prefix="scene")
    try:
        with Progress(f"playing {len(scenes)} scenes") as progress:
            begun = [pool.submit(act, scene) for scene in scenes]
            wait(begun)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # When interrupted, scenes end with the server.
    with Progress("reading what happened"):
        logs = list(observe.log_lines(stage.stack.aws))
        return [_result(*pair, logs) for pair in zip(scenes, begun, strict=True)]


def _result(scene: Scene, play: Future[Play], logs: Sequence[LogLine]) -> Result:
    if problem := play.exception():
        return unplayed(scene, problem)
    played = play.result()
    if execution := played.execution:
        events = observe.history(played.aws, execution.arn)
        notices = played.stage.notices(execution.arn)
        entries = timeline.of_execution(execution, events, logs, notices)
        ending = f"{execution.status} {execution.error}".strip()
        return Result(scene, ending, execution.seconds, entries, played.findings)
    lines = [line for line in logs if line.fields.get("message_id") == played.message_id]
    entries = timeline.of_logs(lines)
    seconds = (entries[-1].at - entries[0].at).total_seconds() if entries else 0.0
    return Result(scene, f"{len(lines)} deliveries", seconds, entries, played.findings)


def unplayed(scene: Scene, problem: BaseException) -> Result:
    """The result of a scene that did not get to its end."""
    finding = Finding("the scene can be played", False, f"{type(problem).__name__}: {problem}")
    return Result(scene, "did not end", 0.0, (), (finding,), isinstance(problem, _TOO_SLOW))


def scenes_of(outputs: Mapping[str, Any]) -> list[Scene]:
    """The scenes of what is deployed. A workflow that no scene plays is an error: it would go unseen."""
    deployed = set(outputs.get("workflows", {}))
    if unseen := deployed - {scene.workflow for scene in SCENES}:
        raise LocalError(f"no scene plays the workflow {', '.join(sorted(unseen))}: see local/demo")
    if not deployed:
        raise LocalError("the stack deploys no workflow")
    if not outputs.get("notificationTestQueueUrl"):
        raise LocalError("the demo reads notifications from the test queue, which this stack does not have")
    return [scene for scene in SCENES if scene.workflow in deployed]


def _report(result: Result) -> Iterator[str]:
    mark = "ok" if result.passed else "TOO SLOW" if result.too_slow else "NOT AS EXPECTED"
    yield f"\n{result.scene.title}: {result.ending} ({result.seconds:.2f} s)  {mark}"
    yield from timeline.text(result.timeline)
    yield f"  expected: {result.scene.expected}"
    for finding in result.findings:
        if not finding.holds:
            yield f"  NOT: {finding.what}; found: {timeline.short(finding.found)}"
