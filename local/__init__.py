"""This stack on an embedded AWS: for trying and testing, with no account and no Pulumi CLI."""
