"""What components share: their arguments checked, and the building blocks they are made of. Imports `asl`
and `countersign_contract`, and no component.

Every component begins and ends with `component`; its arguments are checked with `checks`, `names`,
`places` and `templates`, and those that all have are `arguments`. `running` makes what runs, hosted as
`hosting` says, of the files in `code/`, with `policies` and `alarms`; `worker` is for components with
one, `waits` for their waits as data, `events` for a bus in front. `documents` are JSON texts. `program`
is what components know of each other.
"""
