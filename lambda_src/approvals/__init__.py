"""What the approval functions share: a person is asked, decides, and the answer goes back to the execution.

`model`     the life of a request as pure functions: who may decide when, what closes it, what is due
`ask`       what a workflow may ask, and which fields a person may fill in (`fields`)
`store`     requests, decisions and audit in one DynamoDB table; every change is one conditional transaction
`links`     the approvers' links, authenticated with a KMS key
`delivery`  the answer to Step Functions, and what became of one whose reply was lost
`outbox`    mails (`mails`) and events that a change owes, each sent at least once
`intake`    takes requests in; `desk` answers approvers; `follow_up` comes back to what is left
`pages`     what a person sees in the browser, in the languages of texts/
"""
