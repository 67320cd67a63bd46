{{/* The roles of apps/sim-service: what each listens on, and whom it calls. */}}
{{- define "trace.sampleServices.roles" -}}
gateway:
  ports: { http: 8080 }
  calls: { users: 50051, orders: 50052 }
users:
  ports: { http: 8081, grpc: 50051 }
orders:
  ports: { http: 8082, grpc: 50052 }
  calls: { users: 50051, nats: 4222 }
payments:
  ports: { http: 8083 }
  calls: { nats: 4222 }
producer:
  ports: { http: 8085 }
  calls: { nats: 4222 }
consumer:
  ports: { http: 8086 }
  calls: { nats: 4222 }
load:
  calls: { gateway: 8080 }
{{- end -}}
