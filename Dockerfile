# syntax=docker/dockerfile:1
FROM golang:1.26.8-alpine3.23 AS build
WORKDIR /src
# .ci/run tests in this form: it reads this line and the command below. The tags leave out what a client of Cloud Storage
# and of Temporal links for gRPC's own tracing and balancing: 13 MB of the worker, 11 MB of the starter.
ENV CGO_ENABLED=0 GOWORK=off GOFLAGS="-buildvcs=false -trimpath -tags=disable_grpc_modules,grpcnotrace,retrynotrace"
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
# What the programs call themselves (--version, audienceflow_build_info): docker build --build-arg VERSION=1.2.3
# --build-arg REVISION="$(git rev-parse --short=12 HEAD)" .
ARG VERSION REVISION
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    go build -ldflags="-s -w -X audienceflow/version.released=${VERSION:-} -X audienceflow/version.revision=${REVISION:-}" -o /out/ ./worker ./starter

FROM alpine:3.23.3
ARG VERSION REVISION
LABEL org.opencontainers.image.title="Audienceflow" \
      org.opencontainers.image.description="Puts audiences into Microsoft Dynamics 365 and proves that they arrived" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
RUN apk add --no-cache ca-certificates tzdata \
    && adduser -D -u 10001 audienceflow \
    && install -d -o audienceflow -g audienceflow /data /sources
COPY --from=build /out/worker /out/starter /usr/local/bin/
# By number: Kubernetes sees that it is not root. Any other user id does as well, and so does a root file system that is
# read-only: nothing is written but to the store's file, where there is one, and to /tmp.
USER 10001:10001
WORKDIR /sources
# Without a STORE_URL of PostgreSQL the store is a file here; give it a volume then.
ENV STORE_URL=sqlite:/data/audienceflow.db
# No HEALTHCHECK here: what is healthy differs between a worker (`worker healthcheck`) and `starter serve`;
# docker-compose.yml says it.
CMD ["worker"]
