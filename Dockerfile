# One image for every process of Linli; what a container is, its command says (docker-compose.yml).
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1
# Without pip in it: what runs has only what the lock names.
RUN python -m venv --without-pip /venv
WORKDIR /build
COPY requirements-image.lock ./
RUN pip --python /venv/bin/python install --require-hashes --only-binary :all: -r requirements-image.lock
# The tool that builds our own wheel, and what it needs, as the development lock has them: each entry that names it.
COPY requirements.lock ./
RUN awk 'function put() {if (entry ~ /hatchling/) printf "%s", entry} \
         /^[a-z]/ {put(); entry = ""} {entry = entry $0 "\n"} END {put()}' requirements.lock > hatchling.lock \
 && pip install --require-hashes --only-binary :all: -r hatchling.lock
COPY pyproject.toml README.md ./
COPY services services
COPY shared shared
COPY migrations migrations
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
 && pip --python /venv/bin/python install --no-deps --no-index /wheels/*.whl

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="Linli 邻里" org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 linli \
 && useradd --uid 10001 --gid linli --no-create-home --home-dir /var/lib/linli --shell /usr/sbin/nologin linli \
 && install -d -o linli -g linli -m 700 /var/lib/linli /var/lib/linli/files /var/lib/linli/anchors
COPY --from=build /venv /venv
COPY deploy/healthcheck.py /usr/local/lib/linli/healthcheck.py
ENV PATH=/venv/bin:$PATH \
    LINLI_HOME=/var/lib/linli \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /var/lib/linli
USER 10001:10001
CMD ["linli", "--help"]
