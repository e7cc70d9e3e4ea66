"""Rules about the project itself: documents, files, locks, deployment, layers."""
