"""What an operator can do: `reading` shows what waits and what happened, `changing` changes one request and
ends all that waits, `starting` starts again what failed, `redriving` moves dead letters back."""
