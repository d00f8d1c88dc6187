"""memo_service: the process that keeps the ledger and shows the pages. FastAPI, SQL, server-sent events."""
