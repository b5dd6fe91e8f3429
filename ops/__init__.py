"""The operator's command: what waits, for whom, since when and until when, and what to do about it.

`python -m ops` in a checkout, `countersign` where the package is installed with its extra `ops`. It reads
what operators may read, never a token or a link. A request is changed by the operator's function, so that AWS
says on record who did it; executions and dead letters are ended, started and moved by AWS itself.

| module | what it is |
|---|---|
| `command`, `arguments` | from what is typed to a verb and an exit code |
| `stack` | where the things of a stack are: from its outputs |
| `aws` | ordinary credentials, calls signed with them, and what AWS does wrong |
| `requests`, `items` | requests for approval, as the table has them |
| `executions` | executions, as Step Functions has them |
| `telling` | what is told of requests and executions, as JSON has it |
| `screen` | all that is printed: tables, or JSON lines |
| `problems` | what ends the command |
| `verbs/` | what can be done: reading, changing, starting again, redriving |
"""
