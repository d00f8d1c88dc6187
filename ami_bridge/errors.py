"""What can go wrong between bridge and PBX, by whose fault it is."""


class BridgeError(Exception):
    """Base of the bridge's own errors."""


class SettingsRefusedError(BridgeError):
    """The settings cannot be used; the text is one line that names cause and remedy."""


class LinkError(BridgeError):
    """The link to the PBX could not be made or is gone."""


class LoginRefusedError(LinkError):
    """The PBX refused user or secret."""


class AnswerLostError(LinkError):
    """The link broke after an action was sent. What became of it is unknown; it is never sent again."""


class ActionRefusedError(BridgeError):
    """We asked for something that must not go out, or the PBX refused it."""


class ActionUnansweredError(BridgeError):
    """No answer came in time. What became of the action is unknown; it is never sent again."""
