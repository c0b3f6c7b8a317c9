"""Directory, customer master, tasks, knowledge and notifications."""
