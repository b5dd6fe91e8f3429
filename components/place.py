"""Where a resource is: partition, region and account, read off its own ARN.

A component needs no look-up of its own for them, and always gets those of the provider its resources went to.
"""

from dataclasses import dataclass

import pulumi


@dataclass(frozen=True)
class Place:
    """Partition (`aws`, `aws-cn`, ...), region and account id of a resource."""

    partition: pulumi.Output[str]
    region: pulumi.Output[str]
    account_id: pulumi.Output[str]

    @classmethod
    def of(cls, arn: pulumi.Output[str]) -> "Place":
        """The place of the resource with this ARN, which must be a regional one.

        Format: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
        """
        parts = arn.apply(lambda text: text.split(":", 5))
        return cls(
            partition=parts.apply(lambda part: part[1]),
            region=parts.apply(lambda part: part[3]),
            account_id=parts.apply(lambda part: part[4]),
        )
