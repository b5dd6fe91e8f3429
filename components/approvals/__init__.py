"""What an ApprovalApi is made of. Imports `common`, `asl` and `countersign_contract`, and no component.

Its arguments, checked: `asking` and `appearance`; what a wait asks: `request`. What is made: `resources`,
`functions`, `http_api`, `alarms`. `subscribed` warns of approvers whom nobody subscribes.
"""
