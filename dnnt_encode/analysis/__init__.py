"""What can be said about an instance before any encoding: scales, exact bounds, interchangeable units."""
