"""What a program that deploys and a function that runs must agree on, written once. Imports nothing.

The components import it and pack it into the functions, so it has this name in a checkout, an installed
package, the plugin for other languages and a function. `approvals/` is packed where people are asked.
"""
