"""The code of a function: which files it has, what they are built for, and whether it can start. Imports
`checks` of what components share, and `countersign_contract`."""
