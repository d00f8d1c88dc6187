# Asterisk 22 from Debian, and the provisioning that writes its configuration and prompts at start.
# forky, because neither bookworm nor trixie has an asterisk package.
FROM debian:forky-slim

RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        asterisk ca-certificates espeak-ng python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /srv/charterline
COPY requirements requirements
COPY stack/__init__.py stack/__init__.py
COPY stack/setup stack/setup
RUN python3 -m stack.setup --without-programs

COPY office office
COPY ivr ivr
COPY docker/start-asterisk /usr/local/bin/start-asterisk

RUN useradd --uid 10001 --no-create-home charterline \
    && install --directory --owner=charterline --mode=0700 /state
USER charterline
ENV PATH=/srv/charterline/.venv/bin:$PATH PYTHONUNBUFFERED=1
CMD ["start-asterisk"]
