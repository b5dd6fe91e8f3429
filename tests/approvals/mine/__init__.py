"""My approvals: the list of what waits for one person, and the button that has a link mailed again."""
