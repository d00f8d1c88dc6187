"""What an officer types during a call: the line he read back, and his notes."""
