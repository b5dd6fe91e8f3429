"""Pulumi's engine: the monitor a program talks to, and the host that runs it. It knows nothing of AWS."""
