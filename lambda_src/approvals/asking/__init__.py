"""Asks people and comes back to them. Imports `request`, `record` and `answering`.

`intake` takes requests in, `follow_up` comes back to them, `operator` does what an operator wants. They share
`sender`, which empties outboxes with the texts of `mails`, and `subscriptions`, which says who can be mailed.
"""
