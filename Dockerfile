# syntax=docker/dockerfile:1
FROM golang:1.26.8-alpine3.23 AS build
WORKDIR /src
# .ci/run tests in this form: it reads this line and the command below. The tags leave out what a client of Cloud Storage
# and of Temporal links for gRPC's own tracing and balancing: 13 MB of the worker, 11 MB of the starter.
ENV CGO_ENABLED=0 GOWORK=off GOFLAGS="-buildvcs=false -trimpath -tags=disable_grpc_modules,grpcnotrace,retrynotrace"
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    go build -ldflags='-s -w' -o /out/ ./worker ./starter

FROM alpine:3.23.3
RUN apk add --no-cache ca-certificates tzdata \
    && adduser -D -u 10001 audienceflow \
    && install -d -o audienceflow -g audienceflow /data /sources
COPY --from=build /out/worker /out/starter /usr/local/bin/
USER audienceflow
WORKDIR /sources
# Without a STORE_URL of PostgreSQL the store is a file here; give it a volume then.
ENV STORE_URL=sqlite:/data/audienceflow.db
# No HEALTHCHECK here: what is healthy differs between a worker and `starter serve`; docker-compose.yml says it.
CMD ["worker"]
