"""The table of requests, decisions and audit: every change is one transaction. Imports `request`."""
