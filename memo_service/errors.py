"""Errors of memo_service.

RefusedToStartError     the process cannot start; one line with cause and remedy, exit code 2
NotFoundError           what was asked for is not there (404)
"""


class RefusedToStartError(Exception):
    """The process must not start; the text names the cause and the remedy in one line."""


class NotFoundError(Exception):
    """No such call."""
