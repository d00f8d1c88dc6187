"""The ledger: call events, the calls they make, and the verdicts of the charter's promises."""
