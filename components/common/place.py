"""Where a resource is: partition, region and account, read off its own ARN.

A component needs no look-up of its own for them, and always gets those of the provider its resources went to.
"""

from typing import NamedTuple


class Place(NamedTuple):
    """Partition (`aws`, `aws-cn`, ...), region and account id."""

    partition: str
    region: str
    account_id: str

    @classmethod
    def of(cls, arn: str) -> "Place":
        """The place of the regional resource with this ARN.

        Format: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
        """
        _, partition, _, region, account_id, _ = arn.split(":", 5)
        return cls(partition, region, account_id)
