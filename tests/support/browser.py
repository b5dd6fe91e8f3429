"""A real browser, and pages for it that are not ours."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local.server.loopback import HOST, Handler, Loopback

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"

PATIENCE_MILLISECONDS = 120_000
"""Until something that never comes is missed: nothing waits for it where all is well."""

CHROMIUM = shutil.which("chromium") or ""
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def chromium() -> Iterator["Browser"]:
    """The browser, or a skipped test where there is none."""
    if not CHROMIUM:
        pytest.skip("there is no Chromium: install Debian's package chromium")
    api = pytest.importorskip("playwright.sync_api")
    api.expect.set_options(timeout=PATIENCE_MILLISECONDS)
    with api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@contextmanager
def window(browser: "Browser", **options: Any) -> Iterator["Page"]:
    """A window without scripts: our pages need none, and nothing on them may run."""
    context = browser.new_context(**{"java_script_enabled": False, **options})
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    try:
        yield context.new_page()
    finally:
        context.close()


def picture(page: "Page", name: str) -> None:
    """A screenshot in build/screenshots."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def overflow(page: "Page") -> int:
    """How far it has to be scrolled sideways."""
    wider: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wider


def faults(page: "Page") -> list[str]:
    """What keeps somebody from reading a page: what axe finds, too little contrast, and scrolling sideways.
    The page must let us run scripts in it."""
    axe = files("axe_playwright_python") / "axe.min.js"
    page.evaluate(axe.read_text("utf-8"))
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    assert len(found["passes"]) > 10, "axe has looked"
    violations = [each["id"] for each in found["violations"]]
    sideways = [f"{wider} px to scroll sideways"] if (wider := overflow(page)) else []
    return [*violations, *page.evaluate(CONTRAST), *sideways]


CONTRAST = """() => {
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const linear = v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => .2126 * linear(r) + .7152 * linear(g) + .0722 * linear(b);
  const back = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] > 0) return c; } return [255, 255, 255]; };
  const bad = [];
  for (const e of document.querySelectorAll('main *')) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
    if (!e.checkVisibility()) continue;
    const [a, b] = [light(parse(getComputedStyle(e).color)), light(back(e))].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05);
    if (ratio < 4.5) bad.push(`${e.tagName} ${e.textContent.slice(0, 30)}: ${ratio.toFixed(2)}`);
  }
  return bad;
}"""
"""Texts with less contrast than WCAG 2 AA wants, 4.5 to 1."""


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    """A server with this handler; its port."""
    server = ThreadingHTTPServer((HOST, 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def somebody_elses(page: str) -> Iterator[int]:
    """A server with one page; its port."""

    class Page(Handler):
        def do_GET(self) -> None:  # noqa: N802
            self.answer(200, "text/html", page.encode())

    with Loopback(Page) as server:
        yield server.server_port
