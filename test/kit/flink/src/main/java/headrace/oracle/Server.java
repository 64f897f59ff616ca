package headrace.oracle;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;

/**
 * Takes cases as JSON lines on stdin and answers each with a line on stdout, in order, until stdin ends. Some are
 * worked on at the same time: a job waits a lot, for threads that hand over to each other. One cluster serves all of
 * them: a cluster for each job would cost a second a case. Everything else that the JVM prints goes to stderr.
 */
public final class Server {
    static final ObjectMapper JSON = new ObjectMapper();
    private static final int AT_ONCE = 3;

    public static void main(String[] args) throws Exception {
        PrintStream answers = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        System.setOut(System.err);
        try (MiniCluster cluster = start()) {
            answers.println("{\"ready\":true}");
            answers.flush();
            BlockingQueue<Future<String>> asked = new LinkedBlockingQueue<>();
            Thread reader = new Thread(() -> read(cluster, asked), "requests");
            reader.setDaemon(true);
            reader.start();
            for (String answer = asked.take().get(); answer != null; answer = asked.take().get()) {
                answers.println(answer);
                answers.flush();
            }
        }
        // Flink leaves threads behind that would keep the JVM.
        System.exit(0);
    }

    /** Begins with each request as it comes; the last future gives null. */
    private static void read(MiniCluster cluster, BlockingQueue<Future<String>> asked) {
        ExecutorService workers = Executors.newFixedThreadPool(AT_ONCE);
        BufferedReader requests =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        requests.lines()
                .forEach(line -> asked.add(workers.submit(() -> Case.run(cluster, JSON.readTree(line)))));
        asked.add(CompletableFuture.completedFuture(null));
    }

    private static MiniCluster start() throws Exception {
        Configuration configuration = new Configuration();
        configuration.setString("rest.address", "localhost");
        configuration.setString("rest.bind-port", "0");
        configuration.setString("taskmanager.memory.managed.size", "128m");
        configuration.setString("taskmanager.memory.network.min", "64m");
        configuration.setString("taskmanager.memory.network.max", "64m");
        // Waits for more requests before it hands out slots; there is one job at a time.
        configuration.setString("slotmanager.requirement-check-delay", "0 ms");
        MiniCluster cluster =
                new MiniCluster(
                        new MiniClusterConfiguration.Builder()
                                .setNumTaskManagers(1)
                                .setNumSlotsPerTaskManager(4)
                                .setConfiguration(configuration)
                                .build());
        cluster.start();
        return cluster;
    }
}
