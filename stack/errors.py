"""What can go wrong while starting, told to the person at the keyboard: the cause and the remedy."""


class StackError(RuntimeError):
    """The stack cannot start or go on; the text names the cause and the remedy in a line or two."""
