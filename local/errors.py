"""Errors that a person should see as one clear message, without a traceback."""


class LocalError(Exception):
    """Something about the setting or the program is wrong, or not there; the text says what to do."""


class TooSlow(LocalError):
    """Nothing is known to be wrong but that this machine, as it is now, does not get the work done."""

    ADVICE = "end what else keeps this machine busy, or give it more processors, and try again"
    EXIT_STATUS = 75  # EX_TEMPFAIL of sysexits.h: nothing is wrong with what was asked for, try again.
