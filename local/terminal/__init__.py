"""What a person types and reads: `up` and `start`, what `up` tells while it stays, progress, Ctrl-C."""
