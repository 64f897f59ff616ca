package headrace.oracle;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.util.EnvironmentInformation;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.TableDescriptor;
import org.apache.flink.table.api.TableException;
import org.apache.flink.table.api.bridge.java.StreamStatementSet;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.utils.LogicalTypeChecks;
import org.apache.flink.table.types.utils.TypeConversions;

/**
 * One SQL text over events. Request: {@code sql}, {@code lines} (payloads in order of arrival), {@code variant} (golden
 * or pushed), {@code limitMs}, optional {@code settle} and {@code config}. Answer: {@code outcome} and what belongs to
 * it.
 *
 * <ul>
 *   <li>rows: the job ran to the end of its input; {@code rows} as canonical JSON, sorted as text, and {@code columns}.
 *   <li>rejected: refused before anything ran, not append-only, or not to be compiled; {@code error}.
 *   <li>fails: accepted, then the job died on the data; {@code error}.
 *   <li>timeout: the job did not end within the limit and was cancelled.
 * </ul>
 */
final class Case {
    /** A job in settled mode runs alone, since it looks at all threads. */
    private static final ReadWriteLock RUNNING = new ReentrantReadWriteLock(true);

    private final MiniCluster cluster;
    private final JsonNode request;
    private final boolean pushed;
    private final Feed feed = new Feed();
    private final List<String> names = new ArrayList<>();
    private final List<LogicalType> types = new ArrayList<>();
    private boolean submitted;

    private Case(MiniCluster cluster, JsonNode request) {
        this.cluster = cluster;
        this.request = request;
        this.pushed = request.path("variant").asText().equals("pushed");
    }

    static String run(MiniCluster cluster, JsonNode request) throws Exception {
        return new Case(cluster, request).answer();
    }

    private String answer() throws Exception {
        ObjectNode answer = Server.JSON.createObjectNode();
        answer.put("flink", EnvironmentInformation.getVersion());
        try {
            List<String> rows = rows();
            answer.put("outcome", "rows");
            Collections.sort(rows);
            rows.forEach(answer.putArray("rows")::add);
            ArrayNode columns = answer.putArray("columns");
            for (int i = 0; i < names.size(); i++) {
                ObjectNode column = columns.addObject();
                column.put("name", names.get(i));
                column.put("type", typeText(types.get(i)));
            }
        } catch (TimeoutException e) {
            answer.put("outcome", "timeout");
        } catch (Throwable e) {
            answer.put("outcome", submitted && !Errors.isCompilation(e) ? "fails" : "rejected");
            answer.put("error", Errors.tell(e));
        } finally {
            feed.close();
        }
        return Server.JSON.writeValueAsString(answer);
    }

    private static String typeText(LogicalType type) {
        try {
            return type.asSerializableString();
        } catch (TableException e) {
            // CHAR(0) and BINARY(0), the types of '' and x''.
            return type.asSummaryString();
        }
    }

    private List<String> rows() throws Exception {
        List<String> statements = Statements.split(request.path("sql").asText());
        Set<String> tables = new LinkedHashSet<>();
        for (String statement : statements) tables.addAll(Statements.createdTable(statement));
        fillFeed(tables);
        StreamExecutionEnvironment streams =
                StreamExecutionEnvironment.getExecutionEnvironment(configuration());
        StreamTableEnvironment env =
                StreamTableEnvironment.create(
                        streams, EnvironmentSettings.newInstance().inStreamingMode().build());
        Table query = null;
        for (String statement : statements) {
            if (!Statements.createdTable(statement).isEmpty()) {
                env.executeSql(statement + "\nWITH (" + sourceOptions() + ")");
            } else if (Statements.creates(statement)) env.executeSql(statement);
            else if (query == null) query = env.sqlQuery(statement);
            else throw new IllegalArgumentException("a case has one query");
        }
        if (query == null) throw new IllegalArgumentException("a case has a query");
        insertIntoSink(env, query);
        StreamGraph graph = streams.getStreamGraph();
        int sources = graph.getSourceIDs().size();
        boolean settle =
                request.has("settle")
                        ? request.path("settle").asBoolean()
                        : sources > 1 || Statements.readsTwice(request.path("sql").asText());
        Lock running = settle ? RUNNING.writeLock() : RUNNING.readLock();
        running.lock();
        try {
            return execute(graph.getJobGraph(), settle ? sources : 0);
        } finally {
            running.unlock();
        }
    }

    private void fillFeed(Set<String> tables) throws Exception {
        for (JsonNode line : request.path("lines")) {
            String payload = line.asText();
            // Flink's json format passes over a field that is no column, so "$table" may stay.
            String table =
                    tables.size() == 1
                            ? tables.iterator().next()
                            : Server.JSON.readTree(payload).path("$table").asText();
            if (!tables.contains(table)) {
                throw new IllegalArgumentException("no \"$table\" in " + payload);
            }
            feed.add(table, payload.getBytes(StandardCharsets.UTF_8));
        }
    }

    private Configuration configuration() {
        Configuration c = new Configuration();
        c.setString("parallelism.default", "1");
        c.setString("pipeline.auto-watermark-interval", "0 ms");
        c.setString("execution.buffer-timeout.interval", "0 ms");
        c.setString("restart-strategy.type", "none");
        c.setString("table.local-time-zone", "UTC");
        c.setString("table.exec.source.idle-timeout", "0 ms");
        c.setString("table.optimizer.agg-phase-strategy", pushed ? "TWO_PHASE" : "ONE_PHASE");
        request.path("config")
                .fields()
                .forEachRemaining(entry -> c.setString(entry.getKey(), entry.getValue().asText()));
        return c;
    }

    private String sourceOptions() {
        String options =
                "'connector'='oracle','format'='json','json.timestamp-format.standard'='ISO-8601','feed'='"
                        + feed.id
                        + "'";
        return pushed
                ? options + ",'push-down'='true','scan.watermark.emit.strategy'='on-event'"
                : options;
    }

    /**
     * The sink takes inserts only, so that the planner refuses an updating query. Any sink takes one time attribute, a SELECT
     * may have several: these are cast away.
     */
    private void insertIntoSink(StreamTableEnvironment env, Table query) {
        Schema.Builder schema = Schema.newBuilder();
        List<String> projection = new ArrayList<>();
        int timeAttributes = 0;
        for (Column column : query.getResolvedSchema().getColumns()) {
            LogicalType type = column.getDataType().getLogicalType();
            schema.column(
                    "c" + names.size(), TypeConversions.fromLogicalToDataType(type.copy(true)));
            names.add(column.getName());
            types.add(type);
            String name = "`" + column.getName().replace("`", "``") + "`";
            boolean isTime = LogicalTypeChecks.isTimeAttribute(type);
            if (isTime) timeAttributes++;
            projection.add(isTime ? "CAST(" + name + " AS " + typeText(type.copy(true)) + ")" : name);
        }
        env.createTemporaryTable(
                "oracle_sink",
                TableDescriptor.forConnector("oracle-append")
                        .option("feed", feed.id)
                        .schema(schema.build())
                        .build());
        StreamStatementSet statements = env.createStatementSet();
        if (timeAttributes > 1) {
            env.createTemporaryView("oracle_query", query);
            query = env.sqlQuery("SELECT " + String.join(", ", projection) + " FROM oracle_query");
        }
        statements.addInsert("oracle_sink", query);
        statements.attachAsDataStream();
    }

    /** Runs the job; `sources` is how many readers take part in settled mode, 0 for free mode. */
    private List<String> execute(JobGraph job, int sources) throws Exception {
        long limitMs = request.path("limitMs").asLong(60_000);
        submitted = true;
        cluster.submitJob(job).get();
        Settling settling = sources == 0 ? null : new Settling(feed, sources, limitMs);
        if (settling == null) feed.releaseAll();
        else settling.start();
        try {
            JobResult result =
                    cluster.requestJobResult(job.getJobID()).get(limitMs, TimeUnit.MILLISECONDS);
            result.toJobExecutionResult(getClass().getClassLoader());
        } catch (TimeoutException e) {
            cluster.cancelJob(job.getJobID()).get();
            throw e;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } finally {
            if (settling != null) settling.end();
        }
        List<String> rows = new ArrayList<>();
        for (Object[] row : feed.rows()) rows.add(Canon.row(row, names, types));
        return rows;
    }
}
