"""What components share: their arguments checked, and the building blocks they are made of. Imports `asl` and
`countersign_contract`, and no component."""
