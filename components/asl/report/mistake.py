"""What every room raises of what a caller got wrong."""


class Mistake(ValueError):
    """What the caller got wrong, an argument or a definition; the text names it."""
