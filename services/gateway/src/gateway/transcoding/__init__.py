"""REST out of protobuf: routes, JSON and errors derived from descriptors, with no code per method.

`contracts` finds services and comments, `http_rules` and `path_template` say where a method is reached, `json_mapper`
turns messages into our JSON and back, `requests` puts path, query, body and headers together into one message.
"""
