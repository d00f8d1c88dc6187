"""The PBX's own journal (CEL as CSV): what happened while nobody listened, as the same facts."""
