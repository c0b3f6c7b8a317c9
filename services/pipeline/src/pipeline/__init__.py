"""Opportunities, activities, action rules, milestones and playbooks."""
