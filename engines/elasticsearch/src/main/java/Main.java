import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.transport.TransportAddress;
import org.elasticsearch.http.HttpServerTransport;
import org.elasticsearch.node.HarnessNode;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.transport.netty4.Netty4Plugin;
import org.elasticsearch.xpack.core.XPackPlugin;
import org.elasticsearch.xpack.esql.core.plugin.EsqlCorePlugin;
import org.elasticsearch.xpack.esql.plugin.EsqlPlugin;
import org.elasticsearch.xpack.kql.KqlPlugin;
import org.elasticsearch.xpack.versionfield.VersionFieldPlugin;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Starts one Elasticsearch node on 127.0.0.1, prints "ready http://127.0.0.1:PORT" on stdout once it serves, and stops
 * when stdin is closed or on SIGTERM, so that it never outlives the process that started it. The node's own log goes to stderr.
 *
 *   java ... Main --port N --scratch DIR [--set key=value]...     (port 0, the default: any free port; DIR is deleted at the end)
 */
public final class Main {
    public static void main(String[] args) throws Exception {
        String port = "0";
        Path home = null;
        Settings.Builder extra = Settings.builder();
        for (int i = 0; i + 1 < args.length; i += 2) {
            switch (args[i]) {
                case "--port" -> port = args[i + 1];
                case "--scratch" -> home = Path.of(args[i + 1]).toAbsolutePath();
                case "--set" -> extra.put(args[i + 1].split("=", 2)[0], args[i + 1].split("=", 2)[1]);
                default -> throw new IllegalArgumentException("unknown option " + args[i]);
            }
        }
        if (home == null) {
            throw new IllegalArgumentException("--scratch DIR is needed");
        }
        Files.createDirectories(home.resolve("config"));

        PrintStream out = System.out;
        System.setOut(System.err); // log4j's console appender writes to System.out

        Settings settings = Settings.builder()
            .put("path.home", home)
            .put("path.data", home.resolve("data"))
            .put("path.logs", home.resolve("logs"))
            .put("cluster.name", "harness")
            .put("node.name", "harness")
            .put("discovery.type", "single-node")
            .put("network.host", "127.0.0.1")
            .put("http.port", port)
            .put("transport.port", "0")
            .put("logger.level", "WARN")
            .put("node.processors", Math.min(2, Runtime.getRuntime().availableProcessors()))
            .put("cluster.routing.allocation.disk.threshold_enabled", false)
            .put("xpack.license.self_generated.type", "trial")
            .put("esql.query.allow_partial_results", false)
            .put(extra.build())
            .build();
        LogConfigurator.configureWithoutConfig(settings); // first of all: other classes ask for loggers when they load

        List<Class<? extends Plugin>> plugins = new ArrayList<>(List.of(
            Netty4Plugin.class, XPackPlugin.class, EsqlCorePlugin.class, EsqlPlugin.class, KqlPlugin.class,
            VersionFieldPlugin.class, RootPlugin.class));

        HarnessNode node = new HarnessNode(settings, plugins);
        Path scratch = home;
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node, scratch)));
        node.start();
        TransportAddress at = node.injector().getInstance(HttpServerTransport.class).boundAddress().publishAddress();
        out.println("ready http://127.0.0.1:" + at.getPort());
        out.flush();

        while (System.in.read() >= 0) {
            // until end of input
        }
        System.exit(0); // runs the hook
    }

    private static void close(HarnessNode node, Path scratch) {
        try {
            node.close();
            node.awaitClose(10, TimeUnit.SECONDS);
            delete(scratch);
        } catch (Exception e) {
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
}
