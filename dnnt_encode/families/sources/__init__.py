"""The source problems of the families: what they are, their files, and how to draw them."""
