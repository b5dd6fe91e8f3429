"""Random histories of approvals: what can happen to requests, and what must be true afterwards.

| module | what it is |
|---|---|
| `steps.py` | what a history is made of, drawn at random |
| `trouble.py` | what goes wrong between functions and services |
| `story.py` | plays a history in a world, and lets it settle |
| `truths.py` | what must be true then |
| `soak.py` | plays as many as one likes (`make soak`), replays one by its seed |
| `broken.py` | mistakes in the code that histories have to find |
"""
