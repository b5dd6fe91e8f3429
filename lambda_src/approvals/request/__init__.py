"""What a request is: what may be asked, of whom, and its life as pure functions. Imports no other room.

`model` says what is known of a request, `life` how it changes, `due` when somebody has to look at it,
`outbox` how what it owes is lent and sent, `measures` what a change counts.
"""
