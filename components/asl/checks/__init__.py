"""What is wrong with a definition.

`run` is how others call the checks. `machine` goes through a machine and its states with `fields`, which
has what each may hold and has `values` check it; then `flow` looks at where states lead, `variables` at
what is assigned. Of a kind of state: `choice`, `maps`, `task`. Of a Task: `resource`, its `arguments`,
the `literals` in them, and the `errors` it retries and catches. `expressions` are checked wherever they
stand; `scope` says where that is.
"""
