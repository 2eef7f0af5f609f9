"""How hard the families are for each backend as their size grows."""
