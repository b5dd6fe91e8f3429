"""What the approval functions share: a person is asked, decides, and the answer goes back to the execution.

| room | what it is | it may import |
|---|---|---|
| `request/` | what may be asked, of whom, and the life of a request as pure functions | no other |
| `record/` | the table of requests, decisions and audit | `request` |
| `answering/` | who decides (links), and the answer to Step Functions | `request`, `record` |
| `asking/` | requests taken in, mails, events, what is left to do, what an operator wants | the three above |
| `page/` | what an approver sees and does in the browser | the first three |

`page` is left out of the functions that come back to requests, `asking` of the page.
`settings` reads what the component tells them; `words` is how people are told.
"""
