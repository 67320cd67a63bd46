# The images of our three apps; each is a target:
#   docker build --target alert-engine -t ghcr.io/trace/alert-engine:0.1.0 .
# What goes in is decided by package-lock.json and the two base images. For the same bytes again give the commit's
# time as well: SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) docker buildx build --output type=image,rewrite-timestamp=true …
ARG NODE_IMAGE=docker.io/library/node:24.21.0-bookworm-slim
# No shell, no package manager: a C library, certificates and the user nonroot (65532).
ARG RUNTIME_IMAGE=gcr.io/distroless/cc-debian12:nonroot

FROM ${NODE_IMAGE} AS manifests
WORKDIR /app
COPY .npmrc package.json package-lock.json ./
COPY apps/alert-engine/package.json apps/alert-engine/
COPY apps/enrichment-processor/package.json apps/enrichment-processor/
COPY apps/sim-service/package.json apps/sim-service/
COPY libs/otlp/package.json libs/otlp/
COPY libs/runtime/package.json libs/runtime/
COPY libs/telemetry/package.json libs/telemetry/
# npm wants every workspace that the lock file names.
COPY launcher/package.json launcher/
COPY e2e/package.json e2e/
COPY bench/package.json bench/
COPY dashboards/package.json dashboards/
COPY charts/values/package.json charts/values/

FROM manifests AS build
RUN --mount=type=cache,target=/root/.npm npm ci
COPY tsconfig.base.json ./
COPY libs libs
COPY apps apps
RUN for package in libs/runtime libs/otlp libs/telemetry apps/alert-engine apps/enrichment-processor apps/sim-service; do \
      node_modules/.bin/tsc -p $package/tsconfig.build.json || exit 1; \
    done

# Of each app what it needs when it runs; source maps and types of packages are for development.
FROM manifests AS modules
RUN printf '%s\n' '#!/bin/sh -e' \
      'npm ci --omit=dev --workspace="@trace/$1"' \
      'find . -path "*/node_modules/*" -type f \( -name "*.map" -o -name "*.d.ts" -o -name "*.d.mts" -o -name "*.d.cts" -o -name "*.md" \) -delete' \
      'find apps -mindepth 1 -maxdepth 1 ! -name "$1" -exec rm -r {} +' \
      'rm -r launcher e2e bench dashboards charts package-lock.json .npmrc' >/usr/local/bin/install-for \
    && chmod +x /usr/local/bin/install-for

FROM modules AS alert-engine-modules
RUN --mount=type=cache,target=/root/.npm install-for alert-engine

FROM modules AS enrichment-processor-modules
RUN --mount=type=cache,target=/root/.npm install-for enrichment-processor

FROM modules AS sim-service-modules
RUN --mount=type=cache,target=/root/.npm install-for sim-service

FROM ${RUNTIME_IMAGE} AS runtime
COPY --from=manifests /usr/local/bin/node /usr/local/bin/node
COPY LICENSE NOTICE /app/
ENV NODE_ENV=production
USER 65532:65532

FROM runtime AS alert-engine
WORKDIR /app/apps/alert-engine
COPY --from=alert-engine-modules /app /app
COPY --from=build /app/libs/runtime/dist /app/libs/runtime/dist
COPY --from=build /app/libs/otlp/dist /app/libs/otlp/dist
COPY --from=build /app/apps/alert-engine/dist dist
COPY apps/alert-engine/config config
ENTRYPOINT ["/usr/local/bin/node", "dist/main.js"]

FROM runtime AS enrichment-processor
WORKDIR /app/apps/enrichment-processor
COPY --from=enrichment-processor-modules /app /app
COPY --from=build /app/libs/runtime/dist /app/libs/runtime/dist
COPY --from=build /app/libs/otlp/dist /app/libs/otlp/dist
COPY --from=build /app/apps/enrichment-processor/dist dist
COPY apps/enrichment-processor/config config
# Why these: launcher/src/programs/apps.ts.
ENTRYPOINT ["/usr/local/bin/node", "--max-semi-space-size=2", "--heap-growing-percent=100", "--no-maglev", "dist/main.js"]

FROM runtime AS sim-service
WORKDIR /app/apps/sim-service
COPY --from=sim-service-modules /app /app
COPY --from=build /app/libs/runtime/dist /app/libs/runtime/dist
COPY --from=build /app/libs/otlp/dist /app/libs/otlp/dist
COPY --from=build /app/libs/telemetry/dist /app/libs/telemetry/dist
COPY --from=build /app/apps/sim-service/dist dist
COPY apps/sim-service/config config
COPY apps/sim-service/proto proto
COPY apps/sim-service/public public
ENTRYPOINT ["/usr/local/bin/node", "dist/main.js"]
