import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.logs.Logger;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.api.metrics.LongCounter;
import io.opentelemetry.api.trace.Tracer;
import java.io.IOException;

/** Sends spans, log records and data points by the API; the agent brings the SDK and its OkHttp sender. */
public class Send {
  private static final AttributeKey<String> ID = AttributeKey.stringKey("e2e.id");
  private static final AttributeKey<String> PADDING = AttributeKey.stringKey("padding");

  public static void main(String[] args) throws InterruptedException, IOException {
    int perRound = Integer.getInteger("e2e.perRound");
    int rounds = Integer.getInteger("e2e.rounds");
    int pauseMillis = Integer.getInteger("e2e.pauseMillis");
    String padding = "x".repeat(Integer.getInteger("e2e.paddingCharacters"));
    Tracer tracer = GlobalOpenTelemetry.getTracer("e2e");
    Logger logger = GlobalOpenTelemetry.get().getLogsBridge().get("e2e");
    LongCounter counter = GlobalOpenTelemetry.getMeter("e2e").counterBuilder("e2e.counted").build();
    for (int round = 0; round < rounds; round += 1) {
      for (int index = 0; index < perRound; index += 1) {
        String id = Integer.toString(round * perRound + index);
        Attributes attributes = Attributes.of(ID, id, PADDING, padding);
        tracer.spanBuilder("e2e").setAllAttributes(attributes).startSpan().end();
        logger.logRecordBuilder().setBody("e2e").setSeverity(Severity.INFO).setAllAttributes(attributes).emit();
        counter.add(1, attributes);
      }
      Thread.sleep(pauseMillis);
    }
    // What is tried again has its time until the server is there for good, and the input ends.
    System.in.read();
    // The agent flushes when the JVM ends, but gives that ten seconds; what is under way gets a little more.
    Thread.sleep(5000);
  }
}
