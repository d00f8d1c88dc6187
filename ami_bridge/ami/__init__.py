"""The Asterisk Manager Interface, read only. The sole importer of panoramisk."""
