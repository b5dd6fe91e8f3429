"""The Dashboard, and what it shows. Imports `common` and `countersign_contract`, and no other component."""
