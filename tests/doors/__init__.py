"""What a stranger meets first: the build, the locks, the environment, the roles, the generated documents."""
