"""The table of requests, decisions and audit: every change is one transaction, and what is not sealed is not
believed. Imports `request`."""
