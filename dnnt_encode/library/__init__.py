"""The library of instances: what each is and how it is made, the best that is known of it, and who knows it."""
