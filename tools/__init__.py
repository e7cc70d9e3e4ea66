"""What builds and checks the project. docs/reference/commands-make.md lists the doors."""
