"""From a resource that a program registered to calls of AWS. It knows nothing of Pulumi."""

from local.aws.clients import Aws

__all__ = ["Aws"]
