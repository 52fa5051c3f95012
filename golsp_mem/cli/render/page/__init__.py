"""The page of ``golsp-mem report``: what the report says as data, and the files that show it."""
