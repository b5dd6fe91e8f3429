"""The CallbackWorkflow (`component`): its `execution_role`, what is `attached` to the roles of others,
its `schedule` and its `alarm`. Imports `asl` and `common`, and no other component."""
