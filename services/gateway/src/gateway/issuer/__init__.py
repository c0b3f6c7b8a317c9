"""The built-in issuer of development profiles: signs tokens for services and, for demos and tests, for people.

Production names the company's own OpenID Connect provider instead; settings refuse the two together.
"""
