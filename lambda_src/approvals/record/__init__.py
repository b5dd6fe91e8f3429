"""The table of requests, decisions and audit: every change is one transaction, and what is not sealed is not
believed. Imports `request`.

Others use `store`, with what it gives: `trust`'s exceptions, `lists`' requests by execution and by when they
are due, `people`'s lists of what waits for somebody. Behind it `rows` makes items of requests and back,
`seals` makes and tells seals, `dynamodb` and `attributes` speak to the table.
"""
