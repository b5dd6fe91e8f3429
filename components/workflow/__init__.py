"""The CallbackWorkflow: its roles, schedule and alarm. Imports `asl` and `common`, and no other component."""
