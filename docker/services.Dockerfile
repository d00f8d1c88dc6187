# The bridge and memo_service: one image, two commands (docker-compose.yml).
FROM python:3.13-slim-trixie

WORKDIR /srv/charterline
COPY requirements requirements
COPY stack/__init__.py stack/__init__.py
COPY stack/setup stack/setup
RUN python -m stack.setup --without-programs

COPY office office
COPY ivr ivr
COPY ami_bridge ami_bridge
COPY memo_service memo_service

# one user id in both images, so that the bridge may read the PBX's journal and secret
RUN useradd --uid 10001 --no-create-home charterline \
    && install --directory --owner=charterline --mode=0700 /state
USER charterline
ENV PATH=/srv/charterline/.venv/bin:$PATH PYTHONUNBUFFERED=1
CMD ["python", "-m", "memo_service"]
