"""Errors of memo_service.

RefusedToStartError     the process cannot start; one line with cause and remedy, exit code 2
NotFoundError           what was asked for is not there (404)
NotAtDeskError          who asks has not taken a desk (401)
ForbiddenError          what was asked for is not his to see or do (403); says why in Korean
"""


class RefusedToStartError(Exception):
    """The process must not start; the text names the cause and the remedy in one line."""


class NotFoundError(Exception):
    """No such call."""


class NotAtDeskError(Exception):
    """Whoever asks has not taken a desk."""


class ForbiddenError(Exception):
    """Not his to see or do; the text says why, in Korean, in one line."""
