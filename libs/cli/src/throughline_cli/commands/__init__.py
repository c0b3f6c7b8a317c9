"""The commands, one module for each group. A command reads its options, asks, and shows what it got."""
