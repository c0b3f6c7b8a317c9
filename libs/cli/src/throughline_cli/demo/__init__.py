"""The first-line story, told with the sample company on a running suite: leads come in, find owners, are followed up or
fall silent. All of it goes through the gateway, as people and partner systems would do it."""
