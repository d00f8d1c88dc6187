"""What the PBX knows of the office: hours, roster and absences in its database, kept true by the bridge."""
