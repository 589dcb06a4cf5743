# The service without the embedded servers: MongoDB, Valkey and PostgreSQL are brought by docker-compose.yml.
# Not built on the machine it was written on, which has no Docker daemon.
FROM python:3.11-slim AS build
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
RUN pip install --no-cache-dir uv==0.13.8
WORKDIR /app
COPY pyproject.toml uv.lock ./
# No default groups: neither the tools for tests nor mongod, which is SSPL and must not be in the image.
# Deno, the runtime of functions, is a program in its wheel.
RUN uv sync --frozen --no-default-groups --group functions --group storage

# The dashboard's scripts and styles, as package-lock.json pins them.
FROM build AS assets
COPY . .
RUN .venv/bin/python -m datacube assets

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/datacube --shell /usr/sbin/nologin datacube \
    && install -d -m 0700 -o datacube -g datacube /var/lib/datacube /var/lib/datacube/spool
WORKDIR /app
COPY --from=build /app/.venv .venv
COPY . .
COPY --from=assets /app/static static
# Fails where a system library is missing that Deno needs.
RUN .venv/bin/deno --version
RUN ln -s ../../deploy/datacube .venv/bin/datacube
RUN .venv/bin/python -m compileall -q -x '/\.venv/' .
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HOST=0.0.0.0 \
    PORT=8000 \
    MALLOC_ARENA_MAX=2 \
    MALLOC_MMAP_THRESHOLD_=131072 \
    MALLOC_TRIM_THRESHOLD_=131072 \
    DATACUBE_HOME=/var/lib/datacube \
    SPOOL=/var/lib/datacube/spool
USER datacube
EXPOSE 8000
CMD ["python", "-m", "datacube.http.server"]
