"""A real browser shows a page of somebody else, which tries to use the embedded AWS that runs beside it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from local.aws import Aws
from local.emulator import Emulator
from local.server.loopback import HOST
from tests.support.browser import chromium, somebody_elses

pytestmark = [pytest.mark.embedded, pytest.mark.browser]

# Every way to send a request without being asked first: fetch, a form, an image, and a form in a sandbox,
# which has no origin. The address creates a user when a program asks for it, by POST as by GET.
PAGE = """<!doctype html><title>waiting</title>
<iframe name="form"></iframe>
<form method="post" target="form" action="TARGET"><input name="Action" value="CreateUser">
<input name="UserName" value="form"></form>
<iframe sandbox="allow-scripts allow-forms" srcdoc="<form method='post' action='TARGET'>
<input name='Action' value='CreateUser'><input name='UserName' value='sandbox'></form>
<script>document.forms[0].submit()</script>"></iframe>
<script>
const body = user => new URLSearchParams({Action: "CreateUser", UserName: user});
const image = new Promise(done => { const made = new Image(); made.onload = made.onerror = done;
  made.src = "TARGET?" + body("image"); });
document.forms[0].submit();
Promise.allSettled([
  fetch("TARGET", {method: "POST", mode: "no-cors", body: body("fetch")}),
  fetch("TARGET", {method: "POST", body: body("cors")}),
  fetch("TARGET", {method: "PUT", body: body("preflight")}),
  image,
]).then(() => { document.title = "tried"; });
</script>"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as launched:
        yield launched


@pytest.mark.parametrize("host", ["localhost", HOST], ids=["another site", "another port"])
def test_a_page_that_is_visited_creates_nothing(browser: Browser, host: str) -> None:
    with (
        Emulator() as emulator,
        somebody_elses(PAGE.replace("TARGET", f"{emulator.endpoint}/")) as port,
    ):
        page = browser.new_page()
        page.goto(f"http://{host}:{port}/")
        page.wait_for_function("document.title === 'tried'")
        for frame in page.main_frame.child_frames:
            frame.wait_for_url(f"{emulator.endpoint}/")
            assert "pages of another origin get no answer here" in frame.content()
        assert len(page.frames) == 3
        page.close()
        assert Aws(emulator.endpoint, emulator.region).iam.list_users()["Users"] == []
