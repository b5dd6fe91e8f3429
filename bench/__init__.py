"""Measurements. `make bench` runs them all; `python -m bench NAME...` some. Each prints JSON lines."""
