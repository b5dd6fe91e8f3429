"""The operator's command: what waits, for whom, since when and until when, and what to do about it.

`python -m ops` in a checkout, `countersign` where the package is installed with its extra `ops`. It reads
what operators may read, never a token or a link; what changes something is done by the operator's function.

| module | what it is |
|---|---|
| `command` | the arguments, the verbs, the exit codes |
| `stack` | where the things of a stack are: from its outputs |
| `aws` | ordinary credentials, and calls signed with them |
| `requests` | requests for approval, as the table has them |
| `executions` | what runs, as Step Functions has it |
| `screen` | all that is printed: tables, or JSON lines |
| `looking`, `acting` | the verbs that read, and those that change something |
"""
