"""The flow of actions: follow-ups, and later opportunities, stages, playbooks and milestones."""
