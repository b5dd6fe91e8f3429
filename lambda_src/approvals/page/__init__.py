"""What an approver sees and does in the browser. Imports the first three rooms.

`visit` answers a call, as `http` reads and writes it: a request's page is `request_page`, with its `view`,
`form` and `details`; all that waits for somebody is `mine`, and its page `mine_page`. They are made with
`document`, `html`, `weblinks` and the `texts` of a language.
"""
