"""Brings a decision back. Imports `request` and `record`.

`links` says who decides, `delivery` brings the answer to Step Functions and finds out what became of it,
`nudge` has the follow-up function do the rest.
"""
