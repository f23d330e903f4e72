"""What the back ends of the other benchmarks answer: nginx directives that echo what reached them."""

# The body shows the path and the header `x-deployment`, so that a mix of two deployments shows.
ECHO = """\
            add_header X-Path $uri;
            return 200 '{"path":"$uri","deployment":"$http_x_deployment"}';"""
