"""Where the definitions of these tests are deployed: a partition that does not exist, so that a literal shows."""

from typing import Final, TypedDict


class Place(TypedDict):
    """What `resolve`, `fill` and `statements` need to know."""

    partition: str
    region: str
    account_id: str


PLACE: Final[Place] = {"partition": "aws-test", "region": "eu-north-1", "account_id": "123456789012"}
