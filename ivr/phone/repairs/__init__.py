"""pyVoIP 1.6.8, repaired: a phone that registers, takes calls, and whose audio is 16 bit at an even pace.

Sole importer of pyVoIP. Kept of it are its call table, its SDP, its digest and its REGISTER; each method here
that replaces one of the library's says what that one does instead (measured against Asterisk 22). One thread
reads the socket and keeps every timer of SIP; two a call carry its audio.
"""

import warnings

with warnings.catch_warnings():
    # audioop, which pyVoIP imports, goes with Python 3.13; audioop-lts is installed there
    warnings.simplefilter("ignore", DeprecationWarning)
    # before its parts: they import each other in a circle
    import pyVoIP.VoIP  # (also makes the parts importable below this package)

VERSION = pyVoIP.__version__
