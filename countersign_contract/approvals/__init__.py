"""What a workflow may ask of people, how their addresses are read, and where a request is kept.

`request` and its `fields` are what is asked, `addresses` tells who is who, `text` makes foreign text safe to
show; `table`, `variables` and `rings` are names of keys, settings and alarms; `operating` is an operator's
call.
"""
