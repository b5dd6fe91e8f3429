"""What an ApprovalApi is made of. Imports `common`, `asl` and `countersign_contract`, and no component."""
