"""Programs that cannot be deployed: one clear message each, with the place in the program itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local import config
from local.aws.provider import AwsProvider
from local.deploy import deploy
from local.emulator import Emulator
from local.errors import LocalError
from tests.local.support import program
from tests.support.patience import PATIENCE_SECONDS

pytestmark = pytest.mark.embedded


@pytest.fixture(scope="module")
def provider() -> Iterator[AwsProvider]:
    with Emulator() as emulator:
        yield AwsProvider(emulator.endpoint, emulator.region)


FAILURES = {
    "unknown-resource-type": (
        "import pulumi_aws as aws\naws.ec2.Instance('box', ami='a', instance_type='b')\n",
        'aws:ec2/instance:Instance "box": this resource type is not implemented locally',
    ),
    "program-raises": (
        "def inner():\n    raise ValueError('no luck')\ninner()\n",
        '__main__.py", line 2, in inner',
    ),
    "missing-configuration": (
        "import pulumi\npulumi.Config().require('colour')\n",
        "Missing required configuration variable 'small:colour'",
    ),
    "unknown-data-source": (
        "import pulumi_aws as aws\naws.get_availability_zones()\n",
        'aws:index/getAvailabilityZones:getAvailabilityZones "call": this data source is not implemented',
    ),
    "same-name-twice": (
        "import pulumi_aws as aws\naws.sqs.Queue('q')\naws.sqs.Queue('q')\n",
        'aws:sqs/queue:Queue "q": two resources of this type and parent have the same name',
    ),
    "refused-by-the-service": (
        """import pulumi_aws as aws
topic = "arn:aws:sns:us-east-1:000000000000:none"
aws.sns.TopicSubscription("s", topic=topic, protocol="sqs", endpoint="arn:aws:sqs:::none")
""",
        'aws:sns/topicSubscription:TopicSubscription "s": NotFound',
    ),
    "raises-in-an-apply": (
        """import pulumi_aws as aws
def inner(x):
    raise ValueError("late")
aws.sqs.Queue("q").arn.apply(inner)
""",
        '__main__.py", line 3, in inner',
    ),
    "syntax-error": ("if\n", "SyntaxError"),
    "exits-by-itself": ("raise SystemExit('enough')\n", "enough"),
    "import-error": ("import nowhere\n", "No module named 'nowhere'"),
    "output-in-a-text": (
        "import pulumi, pulumi_aws as aws\npulumi.export('x', f\"{aws.sqs.Queue('q').arn}\")\n",
        "__str__",
    ),
}


@pytest.mark.parametrize("case", FAILURES)
def test_a_program_that_fails_says_why(case: str, provider: AwsProvider, tmp_path: Path) -> None:
    source, message = FAILURES[case]
    with pytest.raises(LocalError) as caught:
        deploy(config.load(program(tmp_path, source), "local"), provider, timeout_seconds=PATIENCE_SECONDS)
    text = str(caught.value)
    assert message in text
    assert "host.py" not in text
    assert "site-packages" not in text
