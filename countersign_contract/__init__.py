"""What a program that deploys and a function that runs must agree on, written once. Imports nothing.

The components import it and pack it into the functions, so it has this name in a checkout, an installed
package, the plugin for other languages and a function. `approvals/` is packed where people are asked.

`wait_message` has the keys of a wait message, `batches` how many come at once, `variables` and `metrics` the
names of a worker's settings and of what functions count.
"""
