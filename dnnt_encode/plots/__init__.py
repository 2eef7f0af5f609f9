"""Pictures, by matplotlib, which is imported where one is drawn: pip install 'dnnt-encode[plot]'."""
