"""What a cluster would give: cubes measured here, one by one, and their list schedule on so many cores."""
