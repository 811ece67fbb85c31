# syntax=docker/dockerfile:1
# One image, one role per container: `docker run vigie start broker gateway web`.
ARG NODE=24-bookworm

FROM node:${NODE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm install --ignore-scripts && npm rebuild better-sqlite3
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:${NODE}-slim
ENV NODE_ENV=production VIGIE_DATA_DIR=/data HTTP_HOST=0.0.0.0 MQTT_HOST=0.0.0.0
WORKDIR /app
COPY --from=build --chown=root:root /app/package.json ./
COPY --from=build --chown=root:root /app/node_modules ./node_modules
COPY --from=build --chown=root:root /app/bin ./bin
COPY --from=build --chown=root:root /app/dist ./dist
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 3000 1883
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "bin/vigie.js", "health"]
ENTRYPOINT ["node", "bin/vigie.js"]
CMD ["start"]
