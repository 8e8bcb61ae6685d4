"""What the staff pages show and how their forms are read: pure, no HTTP, no templates."""
