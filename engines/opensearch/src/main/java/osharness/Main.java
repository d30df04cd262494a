package osharness;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.opensearch.analysis.common.CommonAnalysisPlugin;
import org.opensearch.common.Priority;
import org.opensearch.common.logging.LogConfigurator;
import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.http.HttpServerTransport;
import org.opensearch.index.mapper.MapperExtrasPlugin;
import org.opensearch.index.reindex.ReindexPlugin;
import org.opensearch.join.ParentJoinPlugin;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.painless.PainlessPlugin;
import org.opensearch.plugins.Plugin;
import org.opensearch.search.aggregations.matrix.MatrixAggregationPlugin;
import org.opensearch.transport.Netty4Plugin;

/**
 * Runs one OpenSearch node in this JVM, for tests: its modules come from the class path, there is no
 * distribution directory. Prints one line, "ready http://127.0.0.1:PORT", once HTTP answers; ends when standard input closes or on
 * SIGTERM, so that it never outlives the process that started it. DIR is deleted at the end.
 */
public final class Main {

    private static final List<Class<? extends Plugin>> MODULES = List.of(
        Netty4Plugin.class,
        PainlessPlugin.class,
        CommonAnalysisPlugin.class,
        MapperExtrasPlugin.class,
        MatrixAggregationPlugin.class,
        ParentJoinPlugin.class,
        ReindexPlugin.class
    );

    /** Node's public constructor loads modules from disk only; the protected one takes class path modules. */
    private static final class ClasspathNode extends Node {
        ClasspathNode(Environment env, Collection<Class<? extends Plugin>> modules) {
            super(env, modules, true);
        }
    }

    public static void main(String[] args) throws Exception {
        int port = 0;
        Path dir = null;
        Settings.Builder extra = Settings.builder();
        for (int i = 0; i < args.length; i += 2) {
            if (i + 1 == args.length) {
                usage();
            }
            switch (args[i]) {
                case "--port" -> port = Integer.parseInt(args[i + 1]);
                case "--scratch" -> dir = Path.of(args[i + 1]).toAbsolutePath();
                case "--set" -> {
                    String[] kv = args[i + 1].split("=", 2);
                    extra.put(kv[0], kv[1]);
                }
                default -> usage();
            }
        }
        if (dir == null) {
            usage();
        }
        Files.createDirectories(dir);

        Settings settings = Settings.builder()
            .put("path.home", dir)
            .put("path.data", dir.resolve("data"))
            .put("path.logs", dir.resolve("logs"))
            .put("cluster.name", "os-harness")
            .put("node.name", "n1")
            .put("discovery.type", "single-node")
            .put("network.host", "127.0.0.1")
            .put("http.port", port)
            .put("transport.port", 0)
            // A test machine's disk may be nearly full.
            .put("cluster.routing.allocation.disk.threshold_enabled", false)
            .put("cluster.default_number_of_replicas", 0)
            .put("cluster.max_shards_per_node", 100_000)
            // Every generated script is new; the default limit is 75 compilations in 5 minutes.
            .put("script.disable_max_compilations_rate", true)
            .put(extra.build())
            .build();

        LogConfigurator.registerErrorListener();
        Environment env = InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), null, () -> "n1");
        try {
            Node node = new ClasspathNode(env, MODULES);
            Path scratch = dir;
            Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node, scratch), "close-node"));
            node.start();
            node.client().admin().cluster().prepareHealth().setWaitForEvents(Priority.LANGUID).get();
            int bound = node.injector().getInstance(HttpServerTransport.class).boundAddress().publishAddress().getPort();
            System.out.println("ready http://127.0.0.1:" + bound);
            System.out.flush();
        } catch (Throwable t) {
            t.printStackTrace();
            System.exit(1);
        }

        InputStream in = System.in;
        while (in.read() >= 0) {
            // Only the end of input matters.
        }
        System.exit(0);
    }

    private static void close(Node node, Path scratch) {
        try {
            node.close();
            delete(scratch);
        } catch (IOException e) {
            e.printStackTrace();
        }
    }

    private static void delete(Path dir) throws IOException {
        try (Stream<Path> all = Files.walk(dir)) {
            for (Path p : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(p);
            }
        }
    }

    private static void usage() {
        System.err.println("usage: osharness.Main --scratch DIR [--port N] [--set key=value]...");
        System.exit(2);
    }
}
