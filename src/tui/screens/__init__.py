"""Full screens, and the small windows over them."""
