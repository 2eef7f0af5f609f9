"""Steps that make an instance smaller before it is encoded; each states what it preserves."""
