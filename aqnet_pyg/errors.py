"""The one error that users of the package are meant to see."""


class InputError(ValueError):
    """Something the user passed in cannot be used.

    The message is one sentence that names the file or argument, what was found there, and what to do about it. The
    command line prints it without a traceback.
    """
