"""Sends spans, log records and data points as an application with OpenTelemetry's Python SDK does."""

import os
import time

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

PER_ROUND = int(os.environ["E2E_PER_ROUND"])
PAUSE_SECONDS = int(os.environ["E2E_PAUSE_MILLIS"]) / 1000
PADDING = "x" * int(os.environ["E2E_PADDING_CHARACTERS"])
# This SDK takes seconds where the others take milliseconds.
# Its tries come after 1, 3, 7, 15 and 31 seconds, as many as fit into this.
TIMEOUT_SECONDS = 150

tracers = TracerProvider()
tracers.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=TIMEOUT_SECONDS)))
loggers = LoggerProvider()
loggers.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter(timeout=TIMEOUT_SECONDS)))
meters = MeterProvider([PeriodicExportingMetricReader(OTLPMetricExporter(timeout=TIMEOUT_SECONDS), 3_600_000)])

tracer = tracers.get_tracer("e2e")
logger = loggers.get_logger("e2e")
counter = meters.get_meter("e2e").create_counter("e2e.counted")

for round_number in range(int(os.environ["E2E_ROUNDS"])):
    for index in range(PER_ROUND):
        attributes = {"e2e.id": str(round_number * PER_ROUND + index), "padding": PADDING}
        tracer.start_span("e2e", attributes=attributes).end()
        logger.emit(
            LogRecord(
                timestamp=time.time_ns(),
                severity_number=SeverityNumber.INFO,
                body="e2e",
                attributes=attributes,
            )
        )
        counter.add(1, attributes)
    for provider in (tracers, loggers, meters):
        provider.force_flush(300_000)
    time.sleep(PAUSE_SECONDS)

for provider in (tracers, loggers, meters):
    provider.shutdown()
